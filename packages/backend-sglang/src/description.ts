/** What a running SGLang tells of itself. */
import { isJsonObject, type Endpoint, type EngineFacts, type JsonObject } from '@llem/core';
import { getJson } from '@llem/serving';
import { z } from 'zod';
import { sizesOf } from './constraints/parallelism.js';
import { differencesFrom } from './differences.js';
import { OPTION_TABLE, type SglangOptions } from './options.js';

/** Beside the options: what it works with that no option decides, and no key or path of a user. */
const FURTHER = [
  'device',
  'random_seed',
  'sampling_defaults',
  'enable_cache_report',
  'grammar_backend',
  'max_total_num_tokens',
  'max_req_input_len',
];
/** Options that it calls otherwise there. */
const CALLED: Readonly<Record<string, string>> = {
  fp8_gemm_backend: 'fp8_gemm_runner_backend',
  fp4_gemm_backend: 'fp4_gemm_runner_backend',
};
const KEPT = [...Object.keys(OPTION_TABLE).map((name) => CALLED[name] ?? name), ...FURTHER];

/** Of the state of its first scheduler. */
const OF_STATE = ['effective_max_running_requests_per_dp', 'memory_usage', 'decode_cuda_graph_bs'];

/** Throws where the engine does not answer. */
export async function describeEngine(
  options: SglangOptions,
  endpoint: Endpoint,
  signal: AbortSignal,
): Promise<EngineFacts> {
  // The older name is one that newer releases complain of in their log.
  const info =
    (await getJson(endpoint, '/server_info', signal)) ??
    (await getJson(endpoint, '/get_server_info', signal));
  const told = isJsonObject(info) ? info : {};
  const { version } = told;
  return {
    version: typeof version === 'string' && version !== '' ? version : null,
    details: { ...pick(told, KEPT), ...pick(firstState(told), OF_STATE) },
    kvCacheTokens: tokensOf(options, told),
    differences: differencesFrom(options, told),
  };
}

const pick = (from: JsonObject, names: readonly string[]): JsonObject =>
  Object.fromEntries(
    names.flatMap((name) => {
      const value = from[name];
      return value === undefined || value === null ? [] : [[name, value] as const];
    }),
  );

const statesSchema = z.tuple([z.record(z.string(), z.json())], z.unknown());

const firstState = ({ internal_states: states }: JsonObject): JsonObject =>
  statesSchema.safeParse(states).data?.[0] ?? {};

/** It tells those of one scheduler; every copy of the model, and every group that shares out attention, has as many. */
function tokensOf(options: SglangOptions, told: JsonObject): number | null {
  const each = told['max_total_num_tokens'];
  if (typeof each !== 'number' || !Number.isInteger(each) || each <= 0) return null;
  const { copies, groups } = sizesOf(options);
  return each * copies * groups;
}
