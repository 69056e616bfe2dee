/** Flags of SGLang that options of the study, the runner or llem itself decide, and those that no study can use. */
import type { Violation } from '@llem/core';
import { flagOf } from '@llem/serving';
import { OPTION_TABLE, type SglangOptions } from './options.js';

/** By the flag without its dashes: what decides it. */
const DECIDED: Readonly<Record<string, string>> = {
  host: 'the runner',
  port: 'the runner',
  'model-path': 'model',
  model: 'model',
  'served-model-name': 'model',
  revision: 'sglang.revision',
  'base-gpu-id': 'devices',
  'gpu-id-step': 'devices',
  'random-seed': 'llem, which sets 0',
  'sampling-defaults': 'llem, which asks every engine for the same sampling',
  'enable-metrics': 'the scraping of its metrics',
  'enable-metrics-for-all-schedulers': 'the scraping of its metrics',
  'enable-cache-report': 'llem, which asks for the tokens that came from the cache',
  'lora-paths': 'sglang.lora_paths',
  // Other spellings of options.
  'tensor-parallel-size': 'sglang.tp_size',
  'pipeline-parallel-size': 'sglang.pp_size',
  'data-parallel-size': 'sglang.dp_size',
  'attention-data-parallel-size': 'sglang.attn_dp_size',
  'attention-context-parallel-size': 'sglang.attn_cp_size',
  'decode-context-parallel-size': 'sglang.dcp_size',
  'expert-parallel-size': 'sglang.ep_size',
  ep: 'sglang.ep_size',
  'enable-hicache': 'sglang.enable_hierarchical_cache',
  'speculative-draft-model': 'sglang.speculative_draft_model_path',
};

/** Flags that `extra` must leave alone, with what decides each. */
export const decidedFlags: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    Object.entries(OPTION_TABLE).flatMap(([name, option]) => {
      const flag = flagOf(name, option);
      return flag === null ? [] : [[flag, `sglang.${name}`]];
    }),
  ),
  ...DECIDED,
};

const UNUSABLE: Readonly<Record<string, string>> = {
  'skip-tokenizer-init': 'answers would have no text, by which they are timed: leave it out',
  'is-embedding': 'a server of embeddings generates nothing to measure: leave it out',
  'api-key':
    'requests to a server that llem starts carry no key, and this one would be in the command line: leave it out',
  'admin-api-key': 'the cache could not be emptied, and this key would be in the command line: leave it out',
  'ssl-keyfile': 'a server that llem starts is spoken to without TLS: leave it out',
  'disaggregation-mode':
    'half of a server cannot be measured by itself: start the whole and use the runner attach',
  nnodes: 'llem starts a server on this machine alone: start it yourself and use the runner attach',
};

export function unusableFlags({ extra }: SglangOptions): Violation[] {
  return Object.keys(extra).flatMap((name) => {
    const reason = UNUSABLE[name.replaceAll('_', '-').toLowerCase()];
    return reason === undefined ? [] : [{ path: `sglang.extra.${name}`, message: reason }];
  });
}
