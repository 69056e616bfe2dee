/** What an engine of tests is started with. */
import type { ClaimedNetwork } from './network.js';

export interface EnginePlace {
  /** Of this engine alone; everything that it keeps lies in it. */
  readonly folder: string;
  readonly socketPath: string;
  readonly network: ClaimedNetwork;
}

export interface EngineProgram {
  /** Looked for in the PATH of `env`. */
  readonly name: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Where it listens once it is ready. */
  readonly socketPath: string;
}
