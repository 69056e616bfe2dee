/** A request's JSON as a generation: what is refused, and why. */
import { IN_WORDS } from '@llem/core';
import { z } from 'zod';
import type { Generation } from './batching.js';
import type { LoadedModel } from './model.js';

/** An answer other than 200, with a message for the client. */
export interface HttpError extends Error {
  readonly status: number;
}

export const httpError = (status: number, message: string): HttpError =>
  Object.assign(new Error(message), { status });

export const isHttpError = (error: unknown): error is HttpError =>
  error instanceof Error && 'status' in error && typeof error.status === 'number';

const tokenCount = z.int().min(1);
const commonShape = {
  max_tokens: tokenCount.nullish(),
  min_tokens: z.int().min(0).nullish(),
  ignore_eos: z.boolean().nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  temperature: z.number().min(0).max(100).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  top_k: z.int().min(-1).nullish(),
  min_p: z.number().min(0).max(1).nullish(),
  seed: z.int().nullish(),
};
const completionSchema = z.looseObject({ ...commonShape, prompt: z.unknown().optional() });
const chatSchema = z.looseObject({
  ...commonShape,
  max_completion_tokens: tokenCount.nullish(),
  messages: z
    .array(
      z.looseObject({
        role: z.string(),
        content: z.union([z.string(), z.array(z.looseObject({ type: z.literal('text'), text: z.string() }))]),
      }),
    )
    .min(1),
});

/** Fields that would change the answer and that this engine has not; refused unless they say what is done anyway. */
const UNSUPPORTED: Readonly<Record<string, readonly unknown[]>> = {
  n: [1],
  best_of: [1],
  logprobs: [false, 0],
  top_logprobs: [0],
  echo: [false],
  suffix: [''],
  stop: [[], ''],
  logit_bias: [{}],
  presence_penalty: [0],
  frequency_penalty: [0],
  response_format: [{ type: 'text' }],
  tools: [[]],
};

function refuseUnsupported(body: Readonly<Record<string, unknown>>): void {
  for (const [field, harmless] of Object.entries(UNSUPPORTED)) {
    const value = body[field];
    if (value === undefined || value === null) continue;
    if (harmless.some((same) => JSON.stringify(same) === JSON.stringify(value))) continue;
    throw httpError(400, `"${field}" is not supported by this engine; leave it out`);
  }
}

function parse<S extends z.ZodType>(schema: S, body: unknown): z.output<S> {
  const result = schema.safeParse(body, IN_WORDS);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue?.path.join('.') ?? '';
  throw httpError(
    400,
    where === '' ? 'the body must be a JSON object' : `"${where}": ${issue?.message ?? ''}`,
  );
}

function promptOf(prompt: unknown, model: LoadedModel): Uint32Array {
  if (typeof prompt === 'string') return model.tokenize(prompt);
  if (!Array.isArray(prompt)) {
    throw httpError(400, '"prompt" must be a string or an array of token ids');
  }
  const items: readonly unknown[] = prompt;
  const [first] = items;
  if (typeof first === 'string' || Array.isArray(first)) {
    if (items.length > 1) throw httpError(400, 'one prompt a request: send several requests instead');
    return promptOf(first, model);
  }
  const last = model.vocabularySize - 1;
  return Uint32Array.from(items, (id) => {
    if (typeof id !== 'number' || !Number.isInteger(id) || id < 0 || id > last) {
      throw httpError(400, `"prompt" holds ${JSON.stringify(id)}, which is no token id from 0 to ${last}`);
    }
    return id;
  });
}

/** A request understood: what is generated and how it is answered. */
export interface ParsedRequest {
  readonly stream: boolean;
  readonly includeUsage: boolean;
  readonly generation: Omit<Generation, 'onToken'>;
}

type Common = z.output<z.ZodObject<typeof commonShape>>;

function generationOf(
  model: LoadedModel,
  prompt: Uint32Array,
  asked: Common,
  maxTokens: number | null,
): ParsedRequest {
  const room = model.sequenceContext;
  if (prompt.length === 0) throw httpError(400, 'the prompt is empty');
  if (prompt.length >= room) {
    throw httpError(400, `the prompt has ${prompt.length} tokens and a sequence holds ${room}`);
  }
  const most = maxTokens ?? room - prompt.length;
  if (prompt.length + most > room) {
    throw httpError(
      400,
      `prompt (${prompt.length} tokens) and answer (max_tokens ${most}) exceed the ${room} tokens of a sequence`,
    );
  }
  const optional = {
    ...(typeof asked.top_k === 'number' && asked.top_k > 0 ? { topK: asked.top_k } : {}),
    ...(typeof asked.top_p === 'number' ? { topP: asked.top_p } : {}),
    ...(typeof asked.min_p === 'number' ? { minP: asked.min_p } : {}),
    ...(typeof asked.seed === 'number' ? { seed: asked.seed >>> 0 } : {}),
  };
  return {
    stream: asked.stream ?? false,
    includeUsage: asked.stream_options?.include_usage ?? false,
    generation: {
      prompt,
      maxTokens: most,
      minTokens: asked.min_tokens ?? 0,
      ignoreEos: asked.ignore_eos ?? false,
      sampling: { temperature: asked.temperature ?? 1, ...optional },
    },
  };
}

/** OpenAI's default for completions. */
const DEFAULT_COMPLETION_TOKENS = 16;

/** Throws HttpError 400. */
export function parseCompletion(body: unknown, model: LoadedModel): ParsedRequest {
  const asked = parse(completionSchema, body);
  refuseUnsupported(asked);
  if (asked.prompt === undefined || asked.prompt === null) throw httpError(400, '"prompt" is missing');
  return generationOf(
    model,
    promptOf(asked.prompt, model),
    asked,
    asked.max_tokens ?? DEFAULT_COMPLETION_TOKENS,
  );
}

/** Throws HttpError 400. */
export function parseChat(body: unknown, model: LoadedModel): ParsedRequest {
  const asked = parse(chatSchema, body);
  refuseUnsupported(asked);
  const messages = asked.messages.map(({ role, content }) => ({
    role,
    content: typeof content === 'string' ? content : content.map(({ text }) => text).join(''),
  }));
  let text: string;
  try {
    text = model.renderChat(messages);
  } catch (error) {
    throw httpError(
      400,
      `the model's chat template refuses these messages: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  return generationOf(
    model,
    model.tokenize(text),
    asked,
    asked.max_completion_tokens ?? asked.max_tokens ?? null,
  );
}
