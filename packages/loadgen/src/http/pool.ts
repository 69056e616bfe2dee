/** The connections of one load thread: the last used is used first, the rest wait. */
import type { Sockets } from '../sockets/sockets.js';
import { openConnection, type Connection } from './connection.js';

/**
 * A connection that has waited longer than this is not used again: servers close idle connections, uvicorn and Node
 * after 5 s by default, and a request sent at that very moment would be lost.
 */
const MAX_IDLE_NS = 4e9;

export interface ConnectionPool {
  /** One that waits, or a new one that may still be opening. */
  take(): Connection;
  /** Gives back one whose exchange has ended. */
  giveBack(connection: Connection): void;
  /** Ends all of them. */
  close(): void;
}

export function createConnectionPool(url: URL, sockets: Sockets, now: () => number): ConnectionPool {
  const all = new Set<Connection>();
  const waiting: { readonly connection: Connection; readonly sinceNs: number }[] = [];

  const open = (): Connection => {
    const connection = openConnection({ url, sockets, onClosed: (closed) => all.delete(closed) });
    all.add(connection);
    return connection;
  };

  return {
    take() {
      for (;;) {
        const last = waiting.pop();
        if (!last) return open();
        if (!last.connection.isReusable()) continue;
        if (now() - last.sinceNs <= MAX_IDLE_NS) return last.connection;
        last.connection.destroy();
      }
    },
    giveBack(connection) {
      if (connection.isReusable()) waiting.push({ connection, sinceNs: now() });
    },
    close() {
      waiting.length = 0;
      for (const connection of [...all]) connection.destroy();
    },
  };
}
