/** GPUs, and how a model divides over them. */
import type { Violation } from '@llem/core';
import { divisors, gpuViolations, headViolations, layerViolations } from '@llem/serving';
import type { SglangOptions } from '../options.js';
import { violation, type Rule } from './rule.js';

interface Sizes {
  readonly tp: number;
  readonly pp: number;
  /** Copies of the model, on GPUs of their own. */
  readonly copies: number;
  /** Groups that share out attention by requests, within tp. */
  readonly groups: number;
}

/** Since 0.5.22 `attn_dp_size` stands for `dp_size` with `enable_dp_attention`. */
export function sizesOf(options: SglangOptions): Sizes {
  const { tp_size: tp = 1, pp_size: pp = 1, dp_size: dp = 1, attn_dp_size: groups } = options;
  const shared = options.enable_dp_attention === true;
  return { tp, pp, copies: shared ? 1 : dp, groups: groups ?? (shared ? dp : 1) };
}

export const gpusFit: Rule = ({ options, experiment }) => {
  const { tp, pp, copies } = sizesOf(options);
  const product = `sglang.tp_size ${tp} x pp_size ${pp}${copies > 1 ? ` x dp_size ${copies}` : ''}`;
  return gpuViolations({ engine: 'SGLang', gpus: tp * pp * copies, product }, experiment);
};

export const modelDivides: Rule = ({ options, model }) => {
  const { tp, pp, groups } = sizesOf(options);
  if (model === null || options.json_model_override_args !== undefined) return [];
  // Each group shares the heads out among its own GPUs.
  const sharing = tp % groups === 0 ? tp / groups / (options.attn_cp_size ?? 1) : tp;
  const within = sharing === tp ? '' : ` (${sharing} of each group share attention)`;
  return [
    ...(Number.isInteger(sharing) ? headViolations('sglang.tp_size', sharing, model, within) : []),
    ...layerViolations('sglang.pp_size', pp, model),
  ];
};

export const sharedAttention: Rule = ({ options }) => {
  const { tp, groups } = sizesOf(options);
  const { attn_dp_size: attnDp, dp_size: dp = 1, enable_dp_attention: old, attn_cp_size: cp = 1 } = options;
  const found: Violation[] = [];
  const named = attnDp === undefined ? 'dp_size' : 'attn_dp_size';
  if (attnDp !== undefined && attnDp > 1 && dp > 1) {
    found.push(
      violation(
        'attn_dp_size',
        'groups that share attention cannot have copies beside them: leave sglang.dp_size out',
      ),
    );
  }
  if (old === true && dp === 1 && attnDp === undefined) {
    found.push(
      violation(
        'enable_dp_attention',
        `there is one group to share attention: set sglang.dp_size to a divisor of sglang.tp_size (${tp})`,
      ),
    );
  }
  if (tp % groups !== 0) {
    found.push(
      violation(
        named,
        `sglang.tp_size ${tp} does not divide by ${groups} groups that share attention: use one of ${divisors(tp).join(', ')}`,
      ),
    );
  } else if (cp > 1 && tp % (groups * cp) !== 0) {
    found.push(
      violation(
        'attn_cp_size',
        `sglang.tp_size ${tp} does not divide by ${groups} groups x ${cp}: use one of ${divisors(tp / groups).join(', ')}`,
      ),
    );
  }
  if (groups === 1) {
    for (const name of ['enable_dp_lm_head', 'enable_prefill_delayer'] as const) {
      if (options[name] !== true) continue;
      found.push(
        violation(
          name,
          'is for groups that share attention: set sglang.enable_dp_attention and dp_size (attn_dp_size) as well, or leave it out',
        ),
      );
    }
  }
  return found;
};

/** check_pipeline_parallel_compat of 0.5.23, _handle_pipeline_parallelism of 0.5.10. */
export const pipeline: Rule = ({ options }) => {
  const { pp } = sizesOf(options);
  const found: Violation[] = [];
  if (pp === 1) {
    for (const name of [
      'pp_max_micro_batch_size',
      'pp_async_batch_depth',
      'enable_dynamic_chunking',
    ] as const) {
      if (options[name] === undefined || options[name] === false) continue;
      found.push(violation(name, 'has no effect with sglang.pp_size 1: raise that, or leave it out'));
    }
    return found;
  }
  if (options.disable_overlap_schedule === false) {
    found.push(
      violation(
        'disable_overlap_schedule',
        `the schedule cannot overlap with sglang.pp_size ${pp}: set it to true or leave it out`,
      ),
    );
  }
  if (options.speculative_algorithm !== undefined) {
    found.push(
      violation(
        'speculative_algorithm',
        `does not work with sglang.pp_size ${pp}: leave it out, or use sglang.tp_size in place of pp_size`,
      ),
    );
  }
  if (options.min_free_slots_delay !== undefined) {
    found.push(
      violation('min_free_slots_delay', `does not work with sglang.pp_size ${pp}: leave one of the two out`),
    );
  }
  return found;
};

/** Exchanges that share experts out over all GPUs, whatever `ep_size` says (arg_groups/overrides.py of 0.5.23). */
const OVER_ALL_GPUS = [
  'deepep',
  'deepep_v2',
  'mooncake',
  'nixl',
  'mori',
  'flashinfer',
  'megamoe',
  'flashinfer_megamoe',
  'pplx',
];

export const experts: Rule = ({ options, model }) => {
  const { tp, groups } = sizesOf(options);
  const { ep_size: ep = 1, moe_a2a_backend: exchange = 'none', moe_dense_tp_size: dense } = options;
  const everywhere = OVER_ALL_GPUS.includes(exchange);
  const found: Violation[] = [];
  if (tp % ep !== 0) {
    found.push(
      violation(
        'ep_size',
        `sglang.tp_size ${tp} does not divide by ${ep}: use one of ${divisors(tp).join(', ')}`,
      ),
    );
  }
  if (options.ep_size !== undefined && everywhere && ep !== tp) {
    found.push(
      violation(
        'ep_size',
        `sglang.moe_a2a_backend ${exchange} shares experts out over all ${tp} GPUs: use ${tp}, or leave it out`,
      ),
    );
  }
  if (dense !== undefined && dense !== 1 && dense !== tp) {
    found.push(violation('moe_dense_tp_size', `must be 1 or sglang.tp_size (${tp}): use one of the two`));
  }
  const shared = ep > 1 || everywhere;
  for (const name of ['enable_eplb', 'ep_num_redundant_experts'] as const) {
    const value = options[name];
    if (value === undefined || value === false || value === 0 || shared) continue;
    found.push(
      violation(name, 'is for experts that are shared out: set sglang.ep_size above 1, or leave it out'),
    );
  }
  if (options.deepep_mode !== undefined && exchange === 'none') {
    found.push(
      violation(
        'deepep_mode',
        'has no effect without an exchange: set sglang.moe_a2a_backend: deepep as well',
      ),
    );
  }
  if (options.enable_two_batch_overlap === true && exchange === 'none' && groups === 1) {
    found.push(
      violation(
        'enable_two_batch_overlap',
        'there is no exchange to overlap with: set sglang.moe_a2a_backend, or sglang.enable_dp_attention',
      ),
    );
  }
  if (model !== null && model.experts === null && shared) {
    found.push(
      violation(
        ep > 1 ? 'ep_size' : 'moe_a2a_backend',
        'the model has no experts to share out: leave it out',
      ),
    );
  }
  return found;
};
