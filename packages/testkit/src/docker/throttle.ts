/** A TCP proxy that lets through what comes from a port of this machine at no more than some rate. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { Transform } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';

export interface Throttle {
  readonly port: number;
  close(): Promise<void>;
}

/** Each connection has the whole rate. */
export async function startThrottle(to: number, bytesPerS: number): Promise<Throttle> {
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const target = connect(to, '127.0.0.1');
    const held = slowly(bytesPerS);
    client.pipe(target);
    target.pipe(held).pipe(client);
    // An error is told by the end of the connection, once what is held back has gone.
    client.on('error', () => undefined).on('close', () => target.destroy());
    target.on('error', () => undefined).on('close', () => held.end());
    open.add(client);
    client.on('close', () => open.delete(client));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

/** Holds back each piece for as long as it takes at that rate, after those before it. */
function slowly(bytesPerS: number): Transform {
  let dueMs = performance.now();
  return new Transform({
    highWaterMark: 1,
    transform(chunk: Buffer, _encoding, done) {
      dueMs = Math.max(dueMs, performance.now()) + (chunk.length / bytesPerS) * 1000;
      void pause(dueMs - performance.now()).then(() => done(null, chunk));
    },
  });
}
