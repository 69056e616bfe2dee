/** What the model itself rules out, as its `config.json` tells. */
import { isJsonObject, longestRequest, type Experiment, type JsonObject, type Violation } from '@llem/core';
import { z } from 'zod';
import type { TrtllmOptions } from './options.js';

const count = z.int().min(1);

/** Total: what the configuration does not say refuses nothing. */
export function modelViolations(
  options: TrtllmOptions,
  { workload }: Experiment,
  config: JsonObject | null,
): Violation[] {
  if (config === null) return [];
  const found: Violation[] = [];
  const add = (path: string, message: string) => found.push({ path, message });
  const { tp_size: tp = 1, pp_size: pp = 1, pp_partition: partition } = options;
  const heads = countAt(config, 'num_attention_heads');
  if (heads !== null && heads % tp !== 0 && options.enable_attention_dp !== true) {
    add(
      'trtllm.tp_size',
      `${tp} does not divide the ${heads} attention heads of the model: use a divisor, or trtllm.enable_attention_dp`,
    );
  }
  const layers = countAt(config, 'num_hidden_layers');
  if (layers !== null && pp > layers) {
    add('trtllm.pp_size', `the model has ${layers} layers, fewer than ${pp} groups: lower it`);
  } else if (layers !== null && partition?.length === pp) {
    const sum = partition.reduce((total, each) => total + each, 0);
    if (sum !== layers)
      add(
        'trtllm.pp_partition',
        `adds up to ${sum}, and the model has ${layers} layers: share out all of them`,
      );
  }
  const { inputTokens: input, outputTokens: output } = longestRequest(workload);
  const context = contextLength(config);
  if (context !== null && context < input + output) {
    add(
      'workload.input_tokens',
      `the model was made for ${context} tokens and a request has up to ${input + output} (input_tokens, output_tokens, turns): ask for less`,
    );
  }
  return found;
}

/** Null where positions are scaled, since releases differ in what they make of that. */
function contextLength(config: JsonObject): number | null {
  return isJsonObject(textOf(config)['rope_scaling']) ? null : countAt(config, 'max_position_embeddings');
}

/** Models of several kinds of input have what counts here in a mapping of its own. */
function textOf(config: JsonObject): JsonObject {
  const inner = config['text_config'];
  return isJsonObject(inner) ? inner : config;
}

function countAt(config: JsonObject, key: string): number | null {
  const found = count.safeParse(textOf(config)[key]);
  return found.success ? found.data : null;
}
