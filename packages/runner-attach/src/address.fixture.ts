/** Servers of this machine for tests, each ended by `endServers`. */
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTcpServer, type Server } from 'node:net';
import { startSimulatedEngine, type EngineOptionsInput, type SimulatedEngine } from '@llem/testkit';
import { z } from 'zod';

const ends: (() => Promise<void>)[] = [];

export async function endServers(): Promise<void> {
  await Promise.all(ends.splice(0).map(async (end) => end()));
}

export async function engine(input: EngineOptionsInput = {}): Promise<SimulatedEngine> {
  const started = await startSimulatedEngine({ ttftMs: 0, itlMs: 0, ...input });
  ends.push(() => started.close());
  return started;
}

/** Its address. */
export async function httpServer(listener: RequestListener): Promise<string> {
  return listening(createServer(listener));
}

/** The address of one that says this to whoever connects, whatever it is asked. */
export async function tcpServer(says: string): Promise<string> {
  return listening(createTcpServer((socket) => void socket.end(says)));
}

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(() => {
    server.close();
    return Promise.resolve();
  });
  const { port } = z.object({ port: z.number() }).parse(server.address());
  return `http://127.0.0.1:${port}`;
}
