/** The bodies of answers in the OpenAI interface: chunks of a stream and whole objects. */
import type { AnswerPlan } from './request.js';

/** Every token is the same text, so that one chunk serves for all. */
const TEXT = ' a';

export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

export interface Answer {
  /** The event of one token. */
  readonly token: string;
  /** What comes after the last token: the reason of the end, the usage where it was asked for, and the end of the stream. */
  readonly last: (usage: Usage | null) => string;
  readonly whole: (usage: Usage) => string;
}

export function createAnswer(index: number, model: string, chat: boolean, plan: AnswerPlan): Answer {
  const base = { id: `simulated-${index}`, created: Math.floor(Date.now() / 1_000), model };
  const object = chat ? 'chat.completion' : 'text_completion';
  const chunk = chat ? 'chat.completion.chunk' : 'text_completion';
  const event = (choices: readonly object[], usage: object = {}) =>
    `data: ${JSON.stringify({ ...base, object: chunk, choices, ...usage })}\n\n`;
  const piece = (text: string, finish_reason: string | null) =>
    chat
      ? { index: 0, delta: text === '' ? {} : { content: text }, finish_reason }
      : { index: 0, text, logprobs: null, finish_reason };
  return {
    token: event([piece(TEXT, null)]),
    last: (usage) => {
      const counted = usage === null ? '' : event([], usageJson(usage));
      return `${event([piece('', plan.finishReason)])}${counted}data: [DONE]\n\n`;
    },
    whole: (usage) => {
      const text = TEXT.repeat(plan.tokens);
      const { finishReason: finish_reason } = plan;
      const choice = chat
        ? { index: 0, message: { role: 'assistant', content: text }, finish_reason }
        : { index: 0, text, logprobs: null, finish_reason };
      return JSON.stringify({ ...base, object, choices: [choice], ...usageJson(usage) });
    },
  };
}

function usageJson({ inputTokens, outputTokens }: Usage) {
  return {
    usage: {
      prompt_tokens: inputTokens,
      completion_tokens: outputTokens,
      total_tokens: inputTokens + outputTokens,
      prompt_tokens_details: { cached_tokens: 0 },
    },
  };
}

/** The body of an error, in the form that all these servers share. */
export function errorJson(code: number, message: string, type: string): string {
  return JSON.stringify({ error: { code, message, type } });
}
