/** A prompt and its follow-ups, sent one after the other: each turn once the one before it was answered. */
import type { ChatMessage, FollowUp, Prompt, PromptContent } from '@llem/core';
import type { CompletionClient } from '../http/completion.js';
import { isMessages } from '@llem/core/dialect-body';
import type { RequestTrace } from '../trace.js';

/** What every request of a load tells of itself while it goes on. */
export interface LoadObserver {
  /** A conversation is about to send its first turn. */
  onBegun(): void;
  onSent(index: number, atNs: number): void;
  onToken(atNs: number, first: boolean): void;
  onEnded(trace: RequestTrace): void;
  /** A conversation has ended, whatever its last turn came to. Follows `onEnded` of that. */
  onOver(): void;
}

export interface ConversationRequest {
  readonly client: CompletionClient;
  readonly observer: LoadObserver;
  readonly prompt: Prompt;
  /** Its number among those of all threads. */
  readonly number: number;
  readonly slot: number | null;
  /** Of its first turn. */
  readonly intendedNs: number;
  readonly roomNs: number;
  /** Seed of the load. */
  readonly seed: number;
  /** Whether texts are sent as messages. */
  readonly chat: boolean;
  /** Gives the next index of a request in this thread. */
  readonly nextIndex: () => number;
  /** True when no further turn is to be sent. */
  readonly isStopped: () => boolean;
}

/** Gives the trace of the last turn that was sent. A turn that did not complete is the last. */
export async function converse(request: ConversationRequest): Promise<RequestTrace> {
  const { client, observer, prompt, number, slot, seed, chat, nextIndex, isStopped } = request;
  let content = chat ? asMessages(prompt.content) : prompt.content;
  let { intendedNs, roomNs } = request;
  let turn: Pick<FollowUp, 'inputTokens' | 'outputTokens'> = prompt;
  const followUps = prompt.followUps ?? [];
  observer.onBegun();
  for (let index = 0; ; index += 1) {
    const next = followUps[index];
    const requestIndex = nextIndex();
    const { trace, answer } = await client.complete({
      index: requestIndex,
      slot,
      conversation: number,
      turn: index,
      intendedNs,
      roomNs,
      content,
      inputTokens: turn.inputTokens,
      outputTokens: turn.outputTokens,
      seed: (seed + number * 1_009 + index) % 0x7fffffff,
      keepAnswer: next !== undefined && !isTokenIds(content),
      onSent: (atNs) => observer.onSent(requestIndex, atNs),
      onToken: (atNs, first) => observer.onToken(atNs, first),
    });
    observer.onEnded(trace);
    if (next === undefined || trace.status !== 'completed' || isStopped()) {
      observer.onOver();
      return trace;
    }
    content = continued(content, answer, next.content, chat);
    turn = next;
    intendedNs = trace.endedNs;
    roomNs = intendedNs;
  }
}

/**
 * The beginning of a conversation, with `share` (above 0, at most 1) of the output tokens that all of its turns are asked for:
 * the turns that come later are left out, and the last one that stays is asked for fewer tokens. Always one token at least.
 */
export function beginningOf(prompt: Prompt, share: number): Prompt {
  const followUps = prompt.followUps ?? [];
  const total = followUps.reduce((sum, { outputTokens }) => sum + outputTokens, prompt.outputTokens);
  let left = Math.max(1, Math.ceil(total * share));
  const cut = <T extends Pick<FollowUp, 'outputTokens'>>(turn: T): T => {
    const outputTokens = Math.min(turn.outputTokens, left);
    left -= outputTokens;
    return { ...turn, outputTokens };
  };
  const first = cut(prompt);
  return { ...first, followUps: followUps.flatMap((turn) => (left > 0 ? [cut(turn)] : [])) };
}

function isTokenIds(content: PromptContent): content is readonly number[] {
  return typeof content !== 'string' && !isMessages(content);
}

function asMessages(content: PromptContent): PromptContent {
  return typeof content === 'string' ? [{ role: 'user', content }] : content;
}

/** The whole next prompt. */
function continued(before: PromptContent, answer: string, next: PromptContent, chat: boolean): PromptContent {
  if (isTokenIds(next)) return next;
  if (!chat && typeof before === 'string' && typeof next === 'string') return before + answer + next;
  const said: ChatMessage = { role: 'assistant', content: answer };
  const more = asMessages(next);
  return [...(isMessages(before) ? before : []), said, ...(isMessages(more) ? more : [])];
}
