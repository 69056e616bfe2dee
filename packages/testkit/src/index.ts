/** What tests of plugins, harness and command line are made with. */
import { fileURLToPath } from 'node:url';

export {
  engineOptionsSchema,
  faultsSchema,
  type EngineOptions,
  type EngineOptionsInput,
} from './engine/options.js';
export {
  simulatedChatDialect,
  simulatedDialect,
  simulatedMetricMap,
  simulatedModel,
} from './engine/client.js';
export type { Ledger, LedgerEntry, Outcome } from './engine/ledger.js';
export {
  ledgerLatencies,
  type LatencyOptions,
  type LedgerLatencies,
  type LedgerRead,
} from './engine/latencies.js';
export { chunkingSchema, type Chunking, type UsageMode } from './engine/chunking.js';
export { startSimulatedEngine, type SimulatedEngine } from './engine/server.js';
export { startSimulatedServer } from './engine/launch.js';
export type { DialectName } from './engine/dialects/index.js';
export { selfSignedPair, type CertificateFaults, type KeyPair } from './certificate.js';
export { HOSTILE_KINDS, type HostileKind } from './hostile/kinds.js';
export {
  hostileAnswerBytes,
  startHostileServer,
  type HostileOptions,
  type HostileServer,
} from './hostile/server.js';
export { compileSimulatedNvml, type CompileOptions } from './nvml/compile.js';
export { createSimulatedNvml, openSimulatedNvml, type GpuState, type SimulatedNvml } from './nvml/control.js';
export type { NvmlCall, NvmlField } from './nvml/layout.js';
export { simulatedNvmlSchema, type SimulatedNvmlInput } from './nvml/options.js';
export { createModelFolder, type ModelFolder } from './model-folder.js';
export { readEvery } from './read-every.js';
export { joulesBetween, wattsAt, type Power } from './power.js';

/** `file:` URL of the plugin module of the simulated meter, for a worker thread to import. */
export const SIMULATED_METER_URL = new URL('../dist/simulated-meter.js', import.meta.url).href;

/** Folder of the plugin with the backend `simulated`, to be linked: `llem plugins link`. */
export const SIMULATED_ENGINE_PLUGIN = fileURLToPath(new URL('../plugin', import.meta.url));

/** Executable that speaks llama-server's interface; its faults come from `LLEM_SIMULATED_ENGINE` (JSON of EngineOptionsInput). */
export const SIMULATED_LLAMA_SERVER = fileURLToPath(
  new URL('../bin/simulated-llama-server.mjs', import.meta.url),
);

/** Executables that speak the interfaces of `vllm`, `sglang` and `trtllm-serve`, with faults from the same variable. */
export const SIMULATED_VLLM = fileURLToPath(new URL('../bin/vllm.js', import.meta.url));
export const SIMULATED_SGLANG = fileURLToPath(new URL('../bin/sglang.js', import.meta.url));
export const SIMULATED_TRTLLM_SERVE = fileURLToPath(new URL('../bin/trtllm-serve.js', import.meta.url));
