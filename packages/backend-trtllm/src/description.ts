/** What a running trtllm-serve tells of itself, held against what was asked. */
import {
  isJsonObject,
  type Endpoint,
  type EngineDifference,
  type EngineFacts,
  type JsonObject,
  type JsonValue,
} from '@llem/core';
import { getJson, getText, seriesOf } from '@llem/serving';
import { z } from 'zod';
import { SERVER_METRICS } from './metrics.js';
import { llmArgs } from './options-file.js';
import { FLAGS, type TrtllmOptions } from './options.js';

const versionSchema = z.object({ version: z.string().min(1) });

/** Gauges of 1, `trtllm_<name>_info`, whose labels are the configuration; late 1.3 has them. */
const CONFIGURATIONS = ['model_config', 'parallel_config', 'kv_cache_config', 'speculative_config'] as const;
type Configuration = (typeof CONFIGURATIONS)[number];

type Told = Partial<Record<Configuration, JsonObject>>;

/** Where a running engine tells an option: the configuration, its label. */
const TOLD_AS: readonly (readonly [option: string, Configuration, label: string])[] = [
  ['tp_size', 'parallel_config', 'tensor_parallel_size'],
  ['pp_size', 'parallel_config', 'pipeline_parallel_size'],
  ['cp_size', 'parallel_config', 'context_parallel_size'],
  ['ep_size', 'parallel_config', 'expert_parallel_size'],
  ['max_seq_len', 'model_config', 'max_model_len'],
  ['kv_cache_config.enable_block_reuse', 'kv_cache_config', 'enable_block_reuse'],
  ['kv_cache_config.enable_partial_reuse', 'kv_cache_config', 'enable_partial_reuse'],
  ['kv_cache_config.free_gpu_memory_fraction', 'kv_cache_config', 'free_gpu_memory_fraction'],
  ['kv_cache_config.dtype', 'kv_cache_config', 'cache_dtype'],
  ['kv_cache_config.tokens_per_block', 'kv_cache_config', 'page_size'],
];

/** Names of flags in LlmArgs, where they differ. */
const LLM_ARGS: Readonly<Record<string, string>> = {
  tp_size: 'tensor_parallel_size',
  pp_size: 'pipeline_parallel_size',
  cp_size: 'context_parallel_size',
  ep_size: 'moe_expert_parallel_size',
};

/** Throws LLEM_E_LOAD when the engine does not answer. Releases that tell nothing have no details but what was asked. */
export async function describeEngine(
  options: TrtllmOptions,
  endpoint: Endpoint,
  signal: AbortSignal,
): Promise<EngineFacts> {
  const version = versionSchema.safeParse(await getJson(endpoint, '/version', signal));
  const metrics = (await getText(endpoint, SERVER_METRICS.path, signal)) ?? '';
  const told = configurations(metrics);
  return {
    version: version.success ? version.data.version : null,
    details: { ...told, asked: askedConfiguration(options) },
    kvCacheTokens: cacheTokens(metrics),
    differences: differencesOf(options, told),
  };
}

/** Flags and file as one, under the names of LlmArgs; the file wins. */
export function askedConfiguration(options: TrtllmOptions): JsonObject {
  const values: Readonly<Record<string, unknown>> = options;
  const flags = Object.keys(FLAGS).flatMap((name) => {
    const value = z.union([z.string(), z.number(), z.boolean()]).safeParse(values[name]);
    return value.success ? [[LLM_ARGS[name] ?? name, value.data] as const] : [];
  });
  return { ...Object.fromEntries(flags), ...llmArgs(options, null) };
}

function configurations(metrics: string): Told {
  const told: Told = {};
  for (const key of CONFIGURATIONS) {
    const [series] = seriesOf(metrics, `trtllm_${key}_info`);
    if (!series) continue;
    told[key] = Object.fromEntries(
      Object.entries(series.labels).map(([label, text]) => [label, valueOf(text)]),
    );
  }
  return told;
}

/** A label as the value that Python wrote. */
function valueOf(text: string): JsonValue {
  if (text === 'True' || text === 'true') return true;
  if (text === 'False' || text === 'false') return false;
  if (text === 'None' || text === '') return null;
  const number = Number(text);
  return Number.isFinite(number) ? number : text;
}

/** Told with the first step, so unknown of an engine that has served nothing. */
function cacheTokens(metrics: string): number | null {
  const gauge = (name: string) => seriesOf(metrics, name)[0]?.value ?? 0;
  const tokens = gauge('trtllm_kv_cache_max_blocks') * gauge('trtllm_kv_cache_tokens_per_block');
  return Number.isFinite(tokens) && tokens > 0 ? tokens : null;
}

function differencesOf(options: TrtllmOptions, told: Told): EngineDifference[] {
  return TOLD_AS.flatMap(([option, configuration, label]) => {
    const asked = at(options, option);
    const actual = told[configuration]?.[label];
    // What is told as null is not told: None stands for a default that is resolved later.
    if (
      asked === undefined ||
      asked === 'auto' ||
      actual === undefined ||
      actual === null ||
      asked === actual
    )
      return [];
    return [{ option: `trtllm.${option}`, asked, actual }];
  });
}

function at(options: TrtllmOptions, path: string): JsonValue | undefined {
  let value: unknown = options;
  for (const key of path.split('.')) value = isJsonObject(value) ? value[key] : undefined;
  const scalar = z.union([z.string(), z.number(), z.boolean()]).safeParse(value);
  return scalar.success ? scalar.data : undefined;
}
