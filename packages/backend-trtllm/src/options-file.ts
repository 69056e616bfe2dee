/** The options file of trtllm-serve: what llem sets, the options that are no flags, and what the study adds. */
import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import { isJsonObject, type JsonObject, type JsonValue, type ServiceFile } from '@llem/core';
import { stringify } from 'yaml';
import { z } from 'zod';
import { FILE_KEYS, type TrtllmOptions } from './options.js';

const json: z.ZodType<JsonValue> = z.json();

/**
 * Without them /prometheus/metrics is not there, or knows of requests alone. The backend `tensorrt` does not know the second
 * and tells of its steps anyway.
 */
function observed({ backend }: TrtllmOptions): JsonObject {
  return { return_perf_metrics: true, ...(backend === 'tensorrt' ? {} : { enable_iter_perf_stats: true }) };
}

/** The file as a mapping. `revision`: the commit of a model at the Hub; null for one on this disk. Pure. */
export function llmArgs(options: TrtllmOptions, revision: string | null): JsonObject {
  const set: Record<string, JsonValue> = { ...(revision === null ? {} : { revision }), ...observed(options) };
  const values: Readonly<Record<string, unknown>> = options;
  for (const key of Object.keys(FILE_KEYS)) {
    const value = values[key];
    if (value !== undefined) set[key] = json.parse(value);
  }
  return merged(set, options.extra_llm_api_options);
}

/** The file itself. Its name is the hash of its content, so that two services never share one that differs. Pure. */
export function optionsFile(args: JsonObject, cacheDir: string): ServiceFile {
  // PyYAML reads YAML 1.1, to which more words than true and false are booleans: such strings have to be quoted.
  const content = stringify(args, { version: '1.1', lineWidth: 0 });
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 16);
  return { path: join(resolve(cacheDir), 'trtllm', `${hash}.yaml`), content };
}

/** `extra` into `base`, mapping by mapping. */
function merged(base: JsonObject, extra: JsonObject): JsonObject {
  const result: Record<string, JsonValue> = { ...base };
  for (const [key, value] of Object.entries(extra)) {
    const before = result[key];
    result[key] = isJsonObject(before) && isJsonObject(value) ? merged(before, value) : value;
  }
  return result;
}
