/** A request for completion as the OpenAI interface has it, and how long its answer will be. */
import { z } from 'zod';
import type { EngineOptions } from './options.js';

const tokens = z.int().min(0);

/** Prompts are long: they are looked through by hand. */
const isTokens = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((id) => Number.isInteger(id) && id >= 0);
const isPrompt = (value: unknown): value is string | (number | string | number[])[] =>
  typeof value === 'string' ||
  isTokens(value) ||
  (Array.isArray(value) && value.every((part) => typeof part === 'string' || isTokens(part)));

/** Unknown fields are let through, as servers for which this one stands do. */
export const completionSchema = z.looseObject({
  prompt: z.custom<string | (number | string | number[])[]>(isPrompt).optional(),
  messages: z.array(z.looseObject({ content: z.string() })).optional(),
  max_tokens: tokens.nullish(),
  max_completion_tokens: tokens.nullish(),
  n_predict: tokens.nullish(),
  min_tokens: tokens.nullish(),
  ignore_eos: z.boolean().nullish(),
  stream: z.boolean().nullish(),
  stream_options: z
    .looseObject({ include_usage: z.boolean().nullish(), continuous_usage_stats: z.boolean().nullish() })
    .nullish(),
});

export type Completion = z.output<typeof completionSchema>;

/** vLLM's default for completions without a length. */
const DEFAULT_TOKENS = 16;
/** There is no tokenizer: a text counts as one token for each four bytes that have begun. */
const BYTES_PER_TOKEN = 4;

/** The prompt as ids; of a text, each four bytes make one. */
export function promptOf({ prompt, messages }: Completion): readonly number[] {
  if (messages !== undefined) return messages.flatMap(({ content }) => idsOf(content));
  if (prompt === undefined) return [];
  if (typeof prompt === 'string') return idsOf(prompt);
  if (isTokens(prompt)) return prompt;
  return prompt.flatMap((part) => (typeof part === 'string' ? idsOf(part) : part));
}

function idsOf(text: string): number[] {
  const bytes = Buffer.from(text);
  return Array.from({ length: Math.ceil(bytes.length / BYTES_PER_TOKEN) }, (_, index) => {
    const at = index * BYTES_PER_TOKEN;
    return bytes.readUIntLE(at, Math.min(BYTES_PER_TOKEN, bytes.length - at));
  });
}

export interface AnswerPlan {
  readonly tokens: number;
  readonly finishReason: 'length' | 'stop';
}

/** The length of the answer: exactly as asked with `ignore_eos`, else at most up to the end of text, but not under `min_tokens`. */
export function planAnswer(request: Completion, options: EngineOptions): AnswerPlan {
  const most = request.max_tokens ?? request.max_completion_tokens ?? request.n_predict ?? DEFAULT_TOKENS;
  const end = request.ignore_eos === true ? Infinity : (options.eosAfterTokens ?? Infinity);
  const natural = Math.min(most, Math.max(end, request.min_tokens ?? 0));
  const short = Math.max(0, natural - (options.faults['short-output'] ?? 0));
  return { tokens: short, finishReason: short < most ? 'stop' : 'length' };
}
