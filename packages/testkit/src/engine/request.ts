/** A request for completion as the OpenAI interface has it, and how long its answer will be. */
import { z } from 'zod';
import type { EngineOptions } from './options.js';

const tokens = z.int().min(0);

/** Unknown fields are let through, as servers for which this one stands do. */
export const completionSchema = z.looseObject({
  prompt: z.union([z.string(), z.array(tokens), z.array(z.union([z.string(), z.array(tokens)]))]).optional(),
  messages: z.array(z.looseObject({ content: z.string() })).optional(),
  max_tokens: tokens.nullish(),
  max_completion_tokens: tokens.nullish(),
  n_predict: tokens.nullish(),
  min_tokens: tokens.nullish(),
  ignore_eos: z.boolean().nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
});

export type Completion = z.output<typeof completionSchema>;

/** vLLM's default for completions without a length. */
const DEFAULT_TOKENS = 16;
/** There is no tokenizer: a text counts as one token for each four bytes that have begun. */
const BYTES_PER_TOKEN = 4;

export function inputTokensOf({ prompt, messages }: Completion): number {
  if (messages !== undefined) return messages.reduce((sum, { content }) => sum + textTokens(content), 0);
  if (prompt === undefined) return 0;
  if (typeof prompt === 'string') return textTokens(prompt);
  return prompt.reduce<number>((sum, part) => {
    if (typeof part === 'number') return sum + 1;
    return sum + (typeof part === 'string' ? textTokens(part) : part.length);
  }, 0);
}

const textTokens = (text: string) => Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN);

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
