/** Servers that a backend is held against: the one that it is meant for, one that knows nothing, one that is silent, and none. */
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { Server } from 'node:net';
import { dirname } from 'node:path';
import { isInside } from '../package/package-json.js';
import { startSimulatedServer } from '../../engine/launch.js';
import { freePort } from '../../free-port.js';
import {
  artifactsOf,
  experimentOf,
  processTarget,
  type BackendSubject,
  type StartedServer,
} from './subject.js';

/** Starts the author's server as the backend's service says. Throws where there is none, or where it refuses the command line. */
export async function startOwn(subject: BackendSubject): Promise<StartedServer> {
  const { given, backend } = subject;
  const spec = backend.service(
    experimentOf(subject),
    await artifactsOf(subject),
    processTarget(await freePort()),
    null,
  );
  for (const { path, content } of spec.files ?? []) {
    // The suite of somebody else's plugin writes nothing over what the author of it has.
    if (!isInside(subject.context.cacheDir, path))
      throw new Error(`The file ${path} is not below context.cacheDir. Put it there.`);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
  const { server } = given;
  if (server === undefined) throw new Error('The suite was given no `server`.');
  if (typeof server === 'function') return server(spec);
  const { command, env } = spec;
  // An engine of the package itself is a program of Node.js.
  const [, ...argv] = command[0] === process.execPath ? command.slice(1) : command;
  return startSimulatedServer(server, argv, {}, env);
}

/** Runs with the author's server, which is ended in any case. */
export async function withOwn<T>(
  subject: BackendSubject,
  use: (server: StartedServer) => Promise<T>,
): Promise<T> {
  const server = await startOwn(subject);
  try {
    return await use(server);
  } finally {
    await server.close();
  }
}

/** Runs with a server that answers by `answer`. */
export async function withAnswering<T>(
  answer: RequestListener,
  use: (baseUrl: string) => Promise<T>,
): Promise<T> {
  const server = createServer(answer);
  const port = await listen(server);
  try {
    return await use(`http://127.0.0.1:${port}`);
  } finally {
    server.closeAllConnections();
    await close(server);
  }
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}

const close = (server: Server) => new Promise<void>((resolve) => server.close(() => resolve()));
