/** The servers for which a simulated engine stands. Each is loaded when it is asked for, so that none makes the start of another slower. */
import type { ServerDialect } from './dialect.js';

const LOADERS = {
  llamacpp: async () => (await import('./llamacpp.js')).llamacpp,
  vllm: async () => (await import('./vllm.js')).vllm,
  sglang: async () => (await import('./sglang.js')).sglang,
  trtllm: async () => (await import('./trtllm.js')).trtllm,
} satisfies Record<string, () => Promise<ServerDialect>>;

export type DialectName = keyof typeof LOADERS;

export const loadDialect = (name: DialectName): Promise<ServerDialect> => LOADERS[name]();
