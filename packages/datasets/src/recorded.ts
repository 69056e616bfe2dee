/** What was recorded somewhere, as prompts of a workload: how long it is, what fits, and what cannot be. */
import type { ChatMessage, PromptContent, Workload } from '@llem/core';
import { longestOf } from './lengths.js';
import { refusal } from './refusals.js';
import type { MeasuredText } from './tokenizer.js';

/** What was said in one turn, before it was answered. */
export interface Turn {
  readonly content: PromptContent;
  /** Length of the answer in tokens, where the record says it; else the workload does. */
  readonly outputTokens: number | null;
  /** The answer that was recorded, whose length is asked for; null where none was, or where it does not matter. */
  readonly answer: string | null;
}

/** One conversation, or a single prompt. */
export interface Recorded {
  /** Where it stands, for people: `prompts.jsonl, line 3`. */
  readonly where: string;
  readonly turns: readonly Turn[];
}

/** Lengths of a turn. A prompt's is null where nobody knows it, an answer's where the workload says it. */
export interface TurnLengths {
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
}

/** The turns that a workload asks for. Throws LLEM_E_PREPARE when its interface does not take what they hold. */
export function turnsFor({ where, turns }: Recorded, workload: Workload): readonly Turn[] {
  const wanted = turns.slice(0, workload.turns);
  for (const { content } of wanted) refuseMismatch(where, content, workload);
  return wanted;
}

function refuseMismatch(where: string, content: PromptContent, { api }: Workload): void {
  if (api === 'chat' && isIds(content)) {
    throw refusal(
      `${where} is a prompt of token ids, which a chat does not take (workload.api).`,
      'Set workload.api to completions, or give the prompts as text or messages.',
    );
  }
  if (api === 'completions' && isMessages(content)) {
    throw refusal(
      `${where} holds messages, which completions do not take (workload.api).`,
      'Set workload.api to chat.',
    );
  }
}

const isIds = (content: PromptContent): content is readonly number[] =>
  Array.isArray(content) && typeof content[0] === 'number';
const isMessages = (content: PromptContent): content is readonly ChatMessage[] =>
  Array.isArray(content) && typeof content[0] === 'object';

/**
 * The texts of turns whose tokens are to be counted, in order: of a completion with what its tokenizer adds, of a chat without what its
 * template adds.
 */
export const textsOf = (turns: readonly Turn[], { api }: Workload): MeasuredText[] =>
  turns.flatMap(({ content, outputTokens, answer }) => [
    ...promptTexts(content, api),
    ...(outputTokens === null && answer !== null ? [{ text: answer, special: false }] : []),
  ]);

function promptTexts(content: PromptContent, api: Workload['api']): MeasuredText[] {
  if (typeof content === 'string') return [{ text: content, special: api === 'completions' }];
  return isMessages(content) ? content.map((message) => ({ text: message.content, special: false })) : [];
}

/** Lengths of turns from the counts of their texts, in the order of `textsOf`; null where there is no tokenizer. */
export function lengthsOf(
  turns: readonly Turn[],
  workload: Workload,
  counts: readonly number[] | null,
): TurnLengths[] {
  let at = 0;
  const next = (): number => counts?.[at++] ?? 0;
  return turns.map(({ content, outputTokens, answer }) => {
    const texts = promptTexts(content, workload.api);
    const told = isIds(content) ? content.length : counts && texts.reduce((sum) => sum + next(), 0);
    const isEmpty = !isIds(content) && texts.every(({ text }) => text === '');
    if (outputTokens !== null || answer === null || counts === null)
      return { inputTokens: isEmpty ? 0 : told, outputTokens };
    // An answer that was recorded as nothing is asked for as one token: no engine gives fewer.
    return { inputTokens: isEmpty ? 0 : told, outputTokens: Math.max(1, next()) };
  });
}

/** How many of the turns a workload has room for, from the first on, and why there are not more of them. */
export interface Fit {
  readonly turns: number;
  readonly reason: 'prompt-too-long' | 'answer-too-long' | 'empty' | null;
}

export function fitOf(
  lengths: readonly TurnLengths[],
  { input_tokens, output_tokens }: Pick<Workload, 'input_tokens' | 'output_tokens'>,
): Fit {
  const [longestInput, longestOutput] = [longestOf(input_tokens), longestOf(output_tokens)];
  for (const [turns, { inputTokens, outputTokens }] of lengths.entries()) {
    if (inputTokens === 0) return { turns, reason: 'empty' };
    if ((inputTokens ?? 0) > longestInput) return { turns, reason: 'prompt-too-long' };
    if ((outputTokens ?? 0) > longestOutput) return { turns, reason: 'answer-too-long' };
  }
  return { turns: lengths.length, reason: lengths.length === 0 ? 'empty' : null };
}

/**
 * Splits messages into turns: what was said until each answer. Answers before anything was asked are left out of records whose answers tell
 * the lengths, and stay where somebody wrote them on purpose.
 */
export function turnsOf(
  messages: readonly ChatMessage[],
  outputTokens: number | null,
  useAnswers: boolean,
): Turn[] {
  const turns: Turn[] = [];
  let said: ChatMessage[] = [];
  const asked = () => said.some(({ role }) => role === 'user');
  const close = (answer: string | null) => {
    turns.push({ content: said, outputTokens, answer });
    said = [];
  };
  for (const message of messages) {
    if (message.role !== 'assistant') said.push(message);
    else if (asked()) close(useAnswers ? message.content : null);
    else if (turns.length === 0 && !useAnswers) said.push(message);
  }
  if (asked()) close(null);
  return turns;
}
