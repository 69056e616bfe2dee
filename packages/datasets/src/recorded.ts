/** What was recorded somewhere, as prompts of a workload: what fits, what does not, and what cannot be. */
import type { ChatMessage, DatasetRequest, PromptContent, Workload } from '@llem/core';
import { longestOf } from './lengths.js';
import { refusal } from './refusals.js';
import type { TextTokenizer } from './tokenizer.js';

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

/** A turn as it will be sent. `outputTokens` null: drawn from the workload. */
export interface FittedTurn {
  readonly content: PromptContent;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
}

/**
 * The turns of a record that a workload has room for, at most as many as it asks for; none when the first does not fit. Throws
 * LLEM_E_PREPARE when the record is of a kind that the interface of the workload does not take.
 */
export function fit(
  { where, turns }: Recorded,
  { workload }: Pick<DatasetRequest, 'workload'>,
  tokenizer: TextTokenizer | null,
): readonly FittedTurn[] {
  const fitted: FittedTurn[] = [];
  for (const turn of turns.slice(0, workload.turns)) {
    refuseMismatch(where, turn.content, workload);
    const known = lengthOf(turn.content, workload, tokenizer);
    const recorded =
      turn.answer === null || tokenizer === null
        ? null
        : Math.max(1, tokenizer.encode(turn.answer, false).length);
    const outputTokens = turn.outputTokens ?? recorded;
    if (known !== null && (known === 0 || known > longestOf(workload.input_tokens))) break;
    if (outputTokens !== null && outputTokens > longestOf(workload.output_tokens)) break;
    // What a chat's template adds, and what was said before, only the engine knows.
    const inputTokens = workload.api === 'chat' ? null : known;
    fitted.push({ content: turn.content, inputTokens, outputTokens });
  }
  return fitted;
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

/** Tokens of one turn: of a completion with what its tokenizer adds, of a chat without what its template adds. */
function lengthOf(content: PromptContent, { api }: Workload, tokenizer: TextTokenizer | null): number | null {
  if (isIds(content)) return content.length;
  if (tokenizer === null) return null;
  if (typeof content === 'string') return tokenizer.encode(content, api === 'completions').length;
  if (!isMessages(content)) return 0;
  return content.reduce((sum, message) => sum + tokenizer.encode(message.content, false).length, 0);
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
