/** What a running vLLM tells of itself. */
import type { EngineFacts, Endpoint, JsonObject, JsonValue } from '@llem/core';
import { isJsonObject } from '@llem/core';
import { getJson, getText, seriesOf, type Series } from '@llem/serving';
import { z } from 'zod';
import { differencesFrom } from './differences.js';
import type { VllmOptions } from './options.js';

/** Sections of its configuration that say how it works; others hold variables of the environment, and with them secrets. */
const SECTIONS = [
  'model_config',
  'cache_config',
  'parallel_config',
  'scheduler_config',
  'load_config',
  'compilation_config',
  'attention_config',
  'kernel_config',
  'lora_config',
  'speculative_config',
];
const TOP = ['optimization_level', 'performance_mode'];
const SYSTEM = ['torch_version', 'cuda_compiled_version', 'nvidia_driver_version', 'cudnn_version'];
/** Never recorded: what may be secret, and long lists of files and layers. */
const LEFT_OUT = /token$|key$|^_|^traced_files$|^static_all_moe_layers$/i;

/** Throws where the engine does not answer. */
export async function describeEngine(
  options: VllmOptions,
  endpoint: Endpoint,
  signal: AbortSignal,
): Promise<EngineFacts> {
  const version = versionSchema.safeParse(await getJson(endpoint, '/version', signal));
  // Of the development mode; it fails in a virtual environment without pip.
  const info = serverInfoSchema.safeParse(await getJson(endpoint, '/server_info?config_format=json', signal));
  const metrics = (await getText(endpoint, '/metrics', signal)) ?? '';
  const caches = seriesOf(metrics, 'vllm:cache_config_info');
  const config = info.success ? info.data.vllm_config : { cache_config: cacheConfigOf(caches) };
  return {
    version: version.success ? version.data.version : null,
    details: { ...keptOf(config), ...(info.success ? pick(info.data.system_env, SYSTEM) : {}) },
    kvCacheTokens: tokensOf(caches),
    differences: differencesFrom(options, config),
  };
}

const versionSchema = z.object({ version: z.string() });
const object = z.record(z.string(), z.json());
const serverInfoSchema = z.object({ vllm_config: object, system_env: object.catch({}) });

/** Scalars and lists that are set; what is nested deeper is long and of no use there. */
function keptOf(config: JsonObject): JsonObject {
  const sections = SECTIONS.flatMap((name) => {
    const section = config[name];
    if (!isJsonObject(section)) return [];
    const kept = Object.entries(section).filter(
      ([key, value]) => !LEFT_OUT.test(key) && value !== null && !isJsonObject(value),
    );
    return kept.length === 0 ? [] : [[name, Object.fromEntries(kept)] as const];
  });
  return { ...pick(config, TOP), ...Object.fromEntries(sections) };
}

const pick = (from: JsonObject, names: readonly string[]): JsonObject =>
  Object.fromEntries(
    names.flatMap((name) => {
      const value = from[name];
      return value === undefined || value === null ? [] : [[name, value] as const];
    }),
  );

/** The labels of `vllm:cache_config_info`, as Python writes them, in place of the configuration where that cannot be read. */
function cacheConfigOf([first]: readonly Series[]): JsonObject {
  return Object.fromEntries(
    Object.entries(first?.labels ?? {}).map(([key, text]) => [key, fromPython(text)]),
  );
}

function fromPython(text: string): JsonValue {
  if (text === 'None') return null;
  if (text === 'True' || text === 'False') return text === 'True';
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

/**
 * Tokens that the caches of all engines hold. Newer releases tell them; of older ones blocks times their size, which counts a
 * token of a model with several kinds of attention more than once.
 */
function tokensOf(caches: readonly Series[]): number | null {
  const each = caches.map(({ labels }) => {
    const told = Number(labels['kv_cache_size_tokens']);
    return Number.isInteger(told) ? told : Number(labels['num_gpu_blocks']) * Number(labels['block_size']);
  });
  const total = each.reduce((sum, tokens) => sum + tokens, 0);
  return Number.isInteger(total) && total > 0 ? total : null;
}
