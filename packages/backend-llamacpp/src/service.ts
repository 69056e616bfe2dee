/** The command line of an engine for one experiment, on this machine or in an image. */
import { fileURLToPath } from 'node:url';
import {
  visibleGpusEnvironment,
  type Artifacts,
  type Experiment,
  type ServiceSpec,
  type ServiceTarget,
  type VisibleGpus,
} from '@llem/core';
import { commandFor } from '@llem/serving';
import { containerSpec, usesGpu } from './container.js';
import { flagName, resolveContext, resolveSequences } from './constraints.js';
import { engineFlags } from './engine/flags.js';
import type { LlamacppOptions } from './options.js';

/** The program of the embedded engine. */
export const ENGINE_PROGRAM = fileURLToPath(new URL('engine/main.js', import.meta.url));

/** Pure. Throws LLEM_E_START for a container without an image. */
export function serviceSpec(
  options: LlamacppOptions,
  experiment: Experiment,
  artifacts: Artifacts,
  target: ServiceTarget,
  gpus: VisibleGpus,
): ServiceSpec {
  const isEmbedded = options.executable === null;
  const flags = (isEmbedded ? embeddedFlags : serverFlags)(options, experiment, artifacts, target);
  const env = isEmbedded ? {} : serverEnvironment(options);
  const seen = isEmbedded ? [] : gpus;
  const common = { target, readiness: { path: '/health', intervalMs: 50 }, stopGraceS: 10 };
  if (target.container) {
    const container = containerSpec(options, experiment, artifacts, target.container, seen);
    return { ...common, env, command: flags, container };
  }
  return {
    ...common,
    env: { ...visibleGpusEnvironment(seen), ...env },
    command: [...program(options), ...flags],
  };
}

const program = ({ executable }: LlamacppOptions): [string, ...string[]] =>
  executable === null ? [process.execPath, ENGINE_PROGRAM] : [commandFor(executable, 'llama-server')];

function embeddedFlags(
  options: LlamacppOptions,
  experiment: Experiment,
  artifacts: Artifacts,
  target: ServiceTarget,
): [string, ...string[]] {
  return engineFlags({
    model: artifacts.modelRef,
    alias: experiment.model,
    host: target.host,
    port: target.port,
    threads: options.threads,
    sequences: resolveSequences(options, experiment),
    context: resolveContext(options, experiment),
    batchSize: options.batch_size,
    flashAttention: options.flash_attention,
    kvTypeK: options.kv_type_k,
    kvTypeV: options.kv_type_v,
    mmap: options.mmap ? 1 : 0,
  });
}

function serverFlags(
  options: LlamacppOptions,
  experiment: Experiment,
  artifacts: Artifacts,
  target: ServiceTarget,
): [string, ...string[]] {
  const sequences = resolveSequences(options, experiment);
  const flags: (readonly [flag: string, value: string | number])[] = [
    ['--alias', experiment.model],
    ['--host', target.host],
    ['--port', target.port],
    ['--parallel', sequences],
    // llama-server shares its context out over the slots.
    ['--ctx-size', sequences * resolveContext(options, experiment)],
    ['--batch-size', options.batch_size],
    ['--ubatch-size', options.ubatch_size ?? options.batch_size],
    ['--flash-attn', options.flash_attention],
    ['--cache-type-k', options.kv_type_k],
    ['--cache-type-v', options.kv_type_v],
    // By default it changes what is not set to fit the device, and keeps old prompts in memory.
    ['--fit', 'off'],
    ['--cache-ram', 0],
    ...(options.threads === null ? [] : [['--threads', options.threads] as const]),
    ...(usesGpu(experiment) ? [['--gpu-layers', 999] as const] : [['--device', 'none'] as const]),
  ];
  const own = flags.flatMap(([flag, value]) => [flag, String(value)]);
  return ['--model', artifacts.modelRef, ...own, '--metrics', ...extraFlags(options.extra)];
}

function extraFlags(extra: LlamacppOptions['extra']): string[] {
  return Object.entries(extra).flatMap(([key, value]) => {
    const flag = `${key.length <= 3 ? '-' : '--'}${flagName(key)}`;
    if (value === false) return [];
    return value === true ? [flag] : [flag, String(value)];
  });
}

function serverEnvironment(options: LlamacppOptions): Record<string, string> {
  const env: Record<string, string> = {};
  // The flag was renamed between releases and an unknown flag is an error; an unknown variable is not.
  if (!options.mmap)
    Object.assign(env, { LLAMA_ARG_LOAD_MODE: 'none', LLAMA_ARG_MMAP: '0', LLAMA_ARG_NO_MMAP: '1' });
  return env;
}
