/** The simulated engine: a server whose answers come at scripted times, with the faults that it is told to have. */
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { createPrefixCache } from './cache.js';
import type { Shared } from './completion.js';
import type { EngineServer } from './dialects/dialect.js';
import { llamacppServer } from './dialects/llamacpp.js';
import { loadGpus } from './gpu-load.js';
import { serveConnection } from './http.js';
import { createLedger, type Ledger } from './ledger.js';
import { createTotals } from './metrics.js';
import { engineOptionsSchema, type EngineOptions, type EngineOptionsInput } from './options.js';
import { createRouter } from './pages.js';
import { createScheduler } from './scheduler.js';

export interface SimulatedEngine {
  /** Without a slash at the end. */
  readonly baseUrl: string;
  readonly port: number;
  /** Live: it goes on growing. */
  readonly ledger: Ledger;
  /** Settles when the engine has ended: with 0 after `close`, with 1 when a fault ended it. */
  readonly ended: Promise<number>;
  /** Cuts every connection. Idempotent. */
  close(): Promise<void>;
}

/**
 * Starts an engine in this process. Rejects when its port is taken, or with the fault `exit-at-start`. The faults `ignore-sigterm`
 * and `flood-log` need a process of their own. `argv` is only told again, at `/ledger`. `engineServer` is the server for which it stands.
 */
export async function startSimulatedEngine(
  input: EngineOptionsInput = {},
  argv: readonly string[] = [],
  engineServer: EngineServer = llamacppServer,
): Promise<SimulatedEngine> {
  const options = engineOptionsSchema.parse(input);
  if (options.faults['exit-at-start'] !== undefined) throw new Error('failed to load model');
  const ledger = createLedger();
  const gpus = loadGpus(options.gpu);
  let end: (code: number) => void = () => undefined;
  const ended = new Promise<number>((resolve) => {
    end = resolve;
  });
  const closePort = (then?: () => void) => {
    server.close(then);
    for (const socket of sockets) socket.destroy();
  };
  const die = (code: number) => {
    shared.scheduler.close();
    gpus.end();
    clearInterval(pinging);
    closePort(() => end(code));
  };
  const strike = () => {
    const sent = shared.scheduler.tokensSent();
    const { faults } = options;
    if (sent >= (faults['exit-after-tokens'] ?? Infinity)) die(1);
    else if (sent >= (faults['close-port-after-tokens'] ?? Infinity)) {
      // Nothing else keeps its process alive then.
      pinging.ref();
      closePort();
    }
  };
  const shared: Shared = {
    options,
    ledger,
    scheduler: createScheduler(options, ledger, strike, (requests) => gpus.running(requests)),
    cache: createPrefixCache(options),
    totals: createTotals(),
    server: engineServer,
    streams: new Set(),
  };
  const readyAt = options.faults['hang-at-start'] === true ? Infinity : (options.faults['slow-start'] ?? 0);
  const startedAt = performance.now();
  const isReady = () => engineServer.listensWhenReady || performance.now() - startedAt >= readyAt;
  const route = createRouter(shared, isReady, argv);
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createListener(options, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    serveConnection(socket, connections, route);
    connections += 1;
  });
  const pinging = setInterval(
    () => {
      for (const stream of shared.streams) stream.ping();
    },
    options.chunking.pingMs ?? 2 ** 31 - 1,
  ).unref();
  if (engineServer.listensWhenReady) await delay(readyAt);
  server.listen(options.port, options.host, 4_096);
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;
  return {
    baseUrl: `${options.tls === null ? 'http' : 'https'}://${options.host}:${port}${options.prefix}`,
    port,
    ledger,
    ended,
    close: async () => {
      die(0);
      await ended;
    },
  };
}

/** Keeps its process alive for as long, and for ever where it is Infinity. */
async function delay(ms: number): Promise<void> {
  if (ms === 0) return;
  await new Promise<void>((resolve) => {
    if (ms === Infinity) setInterval(() => undefined, 2 ** 31 - 1);
    else setTimeout(resolve, ms);
  });
}

function createListener({ tls }: EngineOptions, onSocket: (socket: Socket) => void): Server {
  return tls === null
    ? createServer({ noDelay: true }, onSocket)
    : createTlsServer({ ...tls, ALPNProtocols: ['http/1.1'], noDelay: true }, onSocket);
}
