/** A simulated server from a command line: the options that come together, and the engine that serves by them. */
import { loadDialect, type DialectName } from './dialects/index.js';
import type { EngineServer, Environment, Spoken } from './dialects/dialect.js';
import { engineOptionsSchema, type EngineOptions, type EngineOptionsInput } from './options.js';
import { startSimulatedEngine, type SimulatedEngine } from './server.js';

/** A server that can be started. */
export interface Launched {
  readonly kind: 'launch';
  readonly options: EngineOptions;
  readonly server: EngineServer;
}

/** `set` wins over what an engine of this kind does by itself, the command line over both. Throws where they do not fit. */
export async function launchSimulated(
  name: DialectName,
  argv: readonly string[],
  set: Readonly<Record<string, unknown>> = {},
  env: Environment = {},
): Promise<Launched | Spoken> {
  const reading = (await loadDialect(name)).read(argv, env);
  if (reading.kind === 'spoken') return reading;
  const { defaults, options, server } = reading;
  const chunking = { ...defaults.chunking, ...(typeof set['chunking'] === 'object' ? set['chunking'] : {}) };
  return {
    kind: 'launch',
    options: engineOptionsSchema.parse({ ...defaults, ...set, chunking, ...options }),
    server,
  };
}

/**
 * Starts a server in this process as its command line asks for it, without the program's own name. Throws where the program would
 * have ended at once; the message is what it would have written.
 */
export async function startSimulatedServer(
  name: DialectName,
  argv: readonly string[],
  set: EngineOptionsInput = {},
  env: Environment = {},
): Promise<SimulatedEngine> {
  const launched = await launchSimulated(name, argv, set, env);
  if (launched.kind === 'spoken') throw new Error(`${launched.stdout}${launched.stderr}`);
  return startSimulatedEngine(launched.options, argv, launched.server);
}
