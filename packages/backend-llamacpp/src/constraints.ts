/** What cannot work, known before anything starts. */
import { longestRequest, mostSlots, type Experiment, type Violation } from '@llem/core';
import { decidedBy } from '@llem/serving';
import { MAX_SEQUENCES, OPEN_LOOP_SEQUENCES, type LlamacppOptions } from './options.js';

/** Largest total context that llama.cpp's 32-bit counts hold, in tokens. */
const MAX_TOTAL_CONTEXT = 2 ** 31 - 1;

/** llama.cpp pads what a sequence holds to this many tokens. */
const CONTEXT_STEP = 256;

/** Tokens beside prompt and answer: a llama-server ends an answer a little before its slot is full. */
const CONTEXT_MARGIN = 8;

/**
 * Room for what a chat template writes: around each message (ChatML, Llama 3, Gemma and Mistral write 3 to 8 tokens), and
 * once at the beginning, where some put a system message of their own (Qwen 2.5 about 25, Llama 3.1 about 30).
 */
const TEMPLATE_TOKENS = { perMessage: 16, once: 128 } as const;

/** Sequences as they will be: what is asked for, else one for each request that may be in flight. */
export const resolveSequences = (options: LlamacppOptions, { workload }: Experiment): number =>
  options.sequences ?? Math.min(mostSlots(workload) ?? OPEN_LOOP_SEQUENCES, MAX_SEQUENCES);

function neededContext({ workload }: Experiment): number {
  const { inputTokens, outputTokens } = longestRequest(workload);
  const template =
    workload.api === 'chat' ? TEMPLATE_TOKENS.once + 2 * workload.turns * TEMPLATE_TOKENS.perMessage : 0;
  return Math.ceil((inputTokens + outputTokens + template + CONTEXT_MARGIN) / CONTEXT_STEP) * CONTEXT_STEP;
}

/** Tokens that each sequence holds. */
export const resolveContext = (options: LlamacppOptions, experiment: Experiment): number =>
  options.context ?? neededContext(experiment);

/** Flags that the backend itself writes, with the option that decides each. */
const OWN_FLAGS: Readonly<Record<string, string>> = {
  m: 'model',
  model: 'model',
  a: 'model',
  alias: 'model',
  host: 'the runner',
  port: 'the runner',
  t: 'llamacpp.threads',
  threads: 'llamacpp.threads',
  np: 'llamacpp.sequences',
  parallel: 'llamacpp.sequences',
  c: 'llamacpp.context',
  'ctx-size': 'llamacpp.context',
  b: 'llamacpp.batch_size',
  'batch-size': 'llamacpp.batch_size',
  ub: 'llamacpp.ubatch_size',
  'ubatch-size': 'llamacpp.ubatch_size',
  fa: 'llamacpp.flash_attention',
  'flash-attn': 'llamacpp.flash_attention',
  ctk: 'llamacpp.kv_type_k',
  'cache-type-k': 'llamacpp.kv_type_k',
  ctv: 'llamacpp.kv_type_v',
  'cache-type-v': 'llamacpp.kv_type_v',
  mmap: 'llamacpp.mmap',
  'no-mmap': 'llamacpp.mmap',
  lm: 'llamacpp.mmap',
  'load-mode': 'llamacpp.mmap',
  metrics: 'the scraping of its metrics',
  'no-metrics': 'the scraping of its metrics',
  dev: 'devices',
  device: 'devices',
};

/** A flag as llama-server writes it. */
export const flagName = (key: string): string => key.replaceAll('_', '-');

const floats = new Set(['f32', 'f16', 'bf16']);

/** Total and pure. */
export function findViolations(options: LlamacppOptions, experiment: Experiment): readonly Violation[] {
  const { inputTokens: input, outputTokens: output } = longestRequest(experiment.workload);
  const context = resolveContext(options, experiment);
  const sequences = resolveSequences(options, experiment);
  const found: Violation[] = [];
  const add = (path: string, message: string) => found.push({ path, message });

  if (context < input + output) {
    add(
      'llamacpp.context',
      `a sequence holds ${context} tokens and a request needs up to ${input + output} (input_tokens, output_tokens, turns): raise it or leave it out`,
    );
  } else if (options.executable !== null && context < input + output + CONTEXT_MARGIN) {
    add(
      'llamacpp.context',
      `a llama-server ends answers ${CONTEXT_MARGIN} tokens before its slot of ${context} is full: use at least ${input + output + CONTEXT_MARGIN}, or leave it out`,
    );
  }
  if (context * sequences > MAX_TOTAL_CONTEXT) {
    add(
      'llamacpp.sequences',
      `${sequences} sequences of ${context} tokens are more than llama.cpp can hold: use fewer sequences or a smaller context`,
    );
  }
  if (!floats.has(options.kv_type_v) && options.flash_attention === 'off') {
    add(
      'llamacpp.kv_type_v',
      `${options.kv_type_v} needs flash attention: set llamacpp.flash_attention to on or auto`,
    );
  }
  if (options.ubatch_size !== null && options.ubatch_size > options.batch_size) {
    add(
      'llamacpp.ubatch_size',
      `a piece of ${options.ubatch_size} tokens is larger than the step of ${options.batch_size} (llamacpp.batch_size)`,
    );
  }
  found.push(
    ...(options.executable === null
      ? embeddedViolations(options, experiment, sequences)
      : serverViolations(options)),
  );
  return found;
}

function embeddedViolations(
  options: LlamacppOptions,
  experiment: Experiment,
  sequences: number,
): readonly Violation[] {
  const found: Violation[] = [];
  const add = (path: string, message: string) => found.push({ path, message });
  if (experiment.devices !== null && experiment.devices !== 'none') {
    add(
      'devices',
      'the embedded engine computes on the CPU alone: use none, or name a llama-server built for GPUs in llamacpp.executable',
    );
  }
  if (experiment.workload.shared_prefix_tokens > 0) {
    add(
      'workload.shared_prefix_tokens',
      'the embedded engine has no prefix cache, so that a shared prefix cannot hit: leave it out, or name a llama-server in llamacpp.executable',
    );
  }
  if (options.batch_size < sequences) {
    add(
      'llamacpp.batch_size',
      `a step of ${options.batch_size} tokens has no room for one token of each of ${sequences} sequences: raise it or use fewer sequences`,
    );
  }
  if (options.ubatch_size !== null && options.ubatch_size !== options.batch_size) {
    add(
      'llamacpp.ubatch_size',
      'the embedded engine computes each step in one piece: set llamacpp.batch_size instead, or name a llama-server in llamacpp.executable',
    );
  }
  if (Object.keys(options.extra).length > 0) {
    add(
      'llamacpp.extra',
      'the embedded engine takes no further flags: name a llama-server in llamacpp.executable',
    );
  }
  return found;
}

function serverViolations(options: LlamacppOptions): readonly Violation[] {
  return Object.keys(options.extra).flatMap((key) => {
    const owner = OWN_FLAGS[flagName(key)];
    return owner === undefined
      ? []
      : [{ path: `llamacpp.extra.${key}`, message: `this flag is ${decidedBy(owner)}` }];
  });
}
