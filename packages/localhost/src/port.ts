/** A free port of the loopback interface. */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { failed, ok, type Check } from '@llem/core';

export const LOOPBACK = '127.0.0.1';

/**
 * Below the ports that Linux (32768 to 60999) and macOS (49152 to 65535) give to outgoing connections: a client that polls a
 * port of that range before the engine listens there can, by TCP's simultaneous open, end up connected to itself and
 * take the port away from the engine.
 */
const FIRST = 20_000;
const LAST = 32_767;
const TRIES = 50;

/** Free at this moment; nothing reserves it. Falls back to a port that the system chooses. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const port = await tryPort(randomInt(FIRST, LAST + 1)).catch(() => null);
    if (port !== null) return port;
  }
  return tryPort(0);
}

/** Listens and closes again. Rejects when the port is taken. */
async function tryPort(wanted: number): Promise<number> {
  const server = createServer().listen(wanted, LOOPBACK);
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : wanted;
}

/** Whether engines can listen on it, as a check of this id. */
export const loopbackCheck = (id: string): Check => ({
  id,
  title: 'Loopback port',
  run: async () => {
    try {
      return ok(`Engines can listen on ${LOOPBACK}, for example on port ${await freePort()}.`);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return failed(
        `No port of ${LOOPBACK} can be listened on: ${why}.`,
        'Bring the loopback interface up (`ip link set lo up`), or leave the sandbox that forbids it.',
      );
    }
  },
});
