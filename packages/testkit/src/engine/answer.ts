/** The bodies of answers in the OpenAI interface: what each event of a stream says, and whole objects. */
import { tokensOfEvent, type Chunking, type UsageMode } from './chunking.js';
import type { UsageForm } from './dialects/dialect.js';
import type { EngineOptions } from './options.js';
import { createRandom, seedOf, shuffled } from './random.js';
import type { AnswerPlan } from './request.js';

/** What was asked of an answer. */
export interface AnswerFacts {
  readonly index: number;
  readonly chat: boolean;
  readonly plan: AnswerPlan;
  readonly inputTokens: number;
  readonly withUsage: boolean;
  /** The request wants usage in each event. */
  readonly continuous: boolean;
  readonly usage: UsageForm;
}

export interface Answer {
  /** True when all events of one token are the same text, so that one serves for all. */
  readonly alike: boolean;
  /** Known once the request runs. */
  setCached(tokens: number): void;
  /** The event without a token at the beginning. */
  first(): string;
  /** The event with these tokens. */
  tokens(event: number, firstToken: number, count: number): string;
  /** What comes after the last token, in events of their own. */
  last(): string;
  whole(): string;
}

const LINE_ENDS = { lf: '\n', crlf: '\r\n', cr: '\r' } as const;

export function createAnswer(options: EngineOptions, facts: AnswerFacts): Answer {
  const { chunking, model } = options;
  const { chat, plan, index } = facts;
  const mode: UsageMode = !facts.withUsage
    ? 'none'
    : facts.continuous && options.usage === 'final'
      ? 'continuous'
      : options.usage;
  const base = { id: `simulated-${index}`, created: Math.floor(Date.now() / 1_000), model };
  const object = chat ? 'chat.completion' : 'text_completion';
  const chunkObject = chat ? 'chat.completion.chunk' : 'text_completion';
  const writeJson = createJsonWriter(chunking, seedOf(options.seed, index));
  const writeEvent = createEventWriter(chunking);
  let cached = 0;

  const usageOf = (outputTokens: number) => facts.usage(facts.inputTokens, outputTokens, cached);
  const finalUsage = () => ({ usage: usageOf(plan.tokens + (options.faults['wrong-usage'] ?? 0)) });
  const usageAfter = (sent: number, isFinish: boolean) => {
    switch (mode) {
      case 'none':
      case 'final':
        return {};
      case 'null-until-last':
        return { usage: null };
      case 'last-choice':
        return isFinish ? finalUsage() : {};
      case 'continuous':
        return sent === plan.tokens ? finalUsage() : { usage: usageOf(sent) };
    }
  };
  const event = (choices: readonly object[], usage: object) =>
    writeEvent(writeJson({ ...base, object: chunkObject, choices, ...usage }));
  const piece = (content: object, text: string, finish_reason: string | null) =>
    chat ? { index: 0, delta: content, finish_reason } : { index: 0, text, logprobs: null, finish_reason };
  const textOf = (firstToken: number, count: number) => {
    let text = '';
    for (let token = firstToken; token < firstToken + count; token += 1)
      text += chunking.texts[token % chunking.texts.length] ?? '';
    return text;
  };
  const finishInLast = chunking.finishReason === 'last-token' && plan.tokens > 0;

  return {
    alike:
      chunking.texts.length === 1 &&
      chunking.tokensPerEvent === 1 &&
      chunking.emptyTextEvery === null &&
      chunking.reasoningTokens === 0 &&
      chunking.commentEvery === null &&
      !chunking.eventId &&
      !chunking.shuffleKeys &&
      !finishInLast &&
      mode !== 'continuous',
    setCached: (tokens) => {
      cached = tokens;
    },
    first: () => event([piece({ role: 'assistant', content: '' }, '', null)], usageAfter(0, false)),
    tokens(number, firstToken, count) {
      const text = hasText(chunking, number) ? textOf(firstToken, count) : '';
      const reasoning = chat && firstToken < chunking.reasoningTokens;
      const isFinish = finishInLast && firstToken + count >= plan.tokens;
      const content = reasoning ? { reasoning_content: text } : { content: text };
      const choice = piece(content, text, isFinish ? plan.finishReason : null);
      return event([choice], usageAfter(firstToken + count, isFinish));
    },
    last() {
      const finish = finishInLast
        ? ''
        : event([piece({}, '', plan.finishReason)], usageAfter(plan.tokens, true));
      const ownUsage = mode === 'final' || mode === 'null-until-last' || mode === 'continuous';
      const usage = ownUsage ? event([], finalUsage()) : '';
      return `${finish}${usage}${chunking.done ? writeEvent('[DONE]') : ''}`;
    },
    whole() {
      const text = textOf(0, plan.tokens);
      const { finishReason: finish_reason } = plan;
      const choice = chat
        ? { index: 0, message: { role: 'assistant', content: text }, finish_reason }
        : { index: 0, text, logprobs: null, finish_reason };
      return JSON.stringify({ ...base, object, choices: [choice], ...finalUsage() });
    },
  };
}

/** Whether the event with this number has text beside its tokens. */
export function hasText({ emptyTextEvery, texts }: Chunking, event: number): boolean {
  if (emptyTextEvery !== null && (event + 1) % emptyTextEvery === 0) return false;
  return texts.some((text) => text !== '');
}

/** Calls back for each event of these tokens; a fault may leave the last one short. */
export function forEachEvent(
  chunking: Chunking,
  from: { readonly event: number; readonly token: number },
  count: number,
  visit: (event: number, firstToken: number, tokens: number) => void,
): void {
  let { event, token } = from;
  const end = token + count;
  while (token < end) {
    const tokens = Math.min(tokensOfEvent(chunking, event), end - token);
    visit(event, token, tokens);
    token += tokens;
    event += 1;
  }
}

function createJsonWriter(chunking: Chunking, seed: number): (value: object) => string {
  const random = createRandom(seed);
  const mix = (_: string, value: unknown): unknown =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(shuffled(Object.entries(value), random))
      : value;
  return (value) => {
    const json = JSON.stringify(
      value,
      chunking.shuffleKeys ? mix : undefined,
      chunking.pretty ? 2 : undefined,
    );
    if (!chunking.escapeUnicode) return json;
    return json.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  };
}

function createEventWriter(chunking: Chunking): (data: string) => string {
  const end = LINE_ENDS[chunking.lineEnd];
  const field = chunking.space ? 'data: ' : 'data:';
  let events = 0;
  return (data) => {
    events += 1;
    const comment =
      chunking.commentEvery !== null && events % chunking.commentEvery === 0 ? pingOf(chunking) : '';
    const name = chunking.eventName ? `event: message${end}` : '';
    const id = chunking.eventId ? `id: ${events}${end}` : '';
    const lines = data.split('\n').map((line) => `${field}${line}${end}`);
    return `${comment}${name}${id}${lines.join('')}${end}`;
  };
}

/** A comment, which says nothing but that the connection lives. */
export function pingOf({ lineEnd }: Chunking): string {
  return `: ping${LINE_ENDS[lineEnd].repeat(2)}`;
}
