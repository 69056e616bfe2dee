/** Options that a running SGLang holds otherwise than the study asked. Pure. */
import { isJsonObject, type EngineDifference, type JsonObject, type JsonValue } from '@llem/core';
import { z } from 'zod';
import { OPTION_TABLE, type SglangOptions } from './options.js';

/** Where it tells an option, where that is not at its top under the same name. */
const PLACES: Readonly<Record<string, readonly string[]>> = {
  fp8_gemm_backend: ['fp8_gemm_runner_backend'],
  fp4_gemm_backend: ['fp4_gemm_runner_backend'],
  cuda_graph_max_bs_decode: ['cuda_graph_config', 'decode', 'max_bs'],
  cuda_graph_bs_decode: ['cuda_graph_config', 'decode', 'bs'],
  cuda_graph_backend_decode: ['cuda_graph_config', 'decode', 'backend'],
  cuda_graph_max_bs_prefill: ['cuda_graph_config', 'prefill', 'max_bs'],
  cuda_graph_backend_prefill: ['cuda_graph_config', 'prefill', 'backend'],
};

/** Phases that a switch turns graphs off in. Newer releases tell so in their configuration alone. */
const GRAPHS_OFF: Readonly<Record<string, readonly string[]>> = {
  disable_cuda_graph: ['decode', 'prefill'],
  disable_decode_cuda_graph: ['decode'],
  disable_prefill_cuda_graph: ['prefill'],
};

/** Mappings that it tells as text, or with everything filled in. */
const NOT_COMPARED = ['json_model_override_args', 'cuda_graph_config', 'lora_paths', 'lora_target_modules'];

/** Other spellings of the same. */
const SPELLINGS: Readonly<Record<string, string>> = {
  half: 'float16',
  float: 'float32',
  bf16: 'bfloat16',
  NEXTN: 'EAGLE',
  nsa: 'dsa',
};

/** Of sizes that are reckoned in floating point. */
const CLOSE = 1e-6;

const asJson = z.record(z.string(), z.json());

export function differencesFrom(options: SglangOptions, told: JsonObject): EngineDifference[] {
  const wanted = asJson.parse(options);
  return Object.keys(OPTION_TABLE).flatMap((name) => {
    const asked = wanted[name];
    if (asked === undefined || asked === 'auto' || NOT_COMPARED.includes(name)) return [];
    const actual = toldOf(name, told, options);
    if (actual === undefined || isSame(asked, actual)) return [];
    return [{ option: `sglang.${name}`, asked, actual }];
  });
}

/** Undefined where it does not tell. */
function toldOf(name: string, told: JsonObject, options: SglangOptions): JsonValue | undefined {
  const phases = GRAPHS_OFF[name];
  if (phases !== undefined && isJsonObject(told['cuda_graph_config'] ?? null)) {
    return phases.every((phase) => at(told, ['cuda_graph_config', phase, 'backend']) === 'disabled');
  }
  const groups = at(told, ['attn_dp_size']);
  const shares = options.enable_dp_attention === true || (options.attn_dp_size ?? 1) > 1;
  if (shares) {
    // From 0.5.22 on the older spelling is told as the newer one.
    if (name === 'enable_dp_attention' && typeof groups === 'number') return groups > 1;
    if (name === 'dp_size' && typeof groups === 'number') return groups;
    // Both are for each group, and it says so in its log.
    if (name === 'chunked_prefill_size' || name === 'schedule_conservativeness') return undefined;
  }
  return at(told, PLACES[name] ?? [name]);
}

function at(from: JsonValue, path: readonly string[]): JsonValue | undefined {
  let value: JsonValue | undefined = from;
  for (const key of path) value = value !== undefined && isJsonObject(value) ? value[key] : undefined;
  return value;
}

function isSame(asked: JsonValue, actual: JsonValue): boolean {
  if (typeof asked === 'number' && typeof actual === 'number') {
    return Math.abs(asked - actual) <= CLOSE * Math.max(1, Math.abs(asked));
  }
  // A switch that is off is one that was never there.
  if (asked === false && actual === null) return true;
  return plain(asked) === plain(actual);
}

/** A value in one spelling, for comparison alone. */
function plain(value: JsonValue): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return SPELLINGS[text] ?? text;
}
