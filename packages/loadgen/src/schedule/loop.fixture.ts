/** A client without a network, and what a loop needs beside it. */
import type { Prompt } from '@llem/core';
import { packChunks } from '../chunks.js';
import type { CompletionClient, CompletionRequest } from '../http/completion.js';
import type { RequestTrace } from '../trace.js';
import type { LoadObserver } from './conversation.js';
import type { LoopOptions } from './loop.js';
import type { PromptQueue } from './prompts.js';

export function* prompts(count = Infinity, more: Partial<Prompt> = {}): Generator<Prompt, void, undefined> {
  for (let number = 0; number < count; number += 1) {
    yield { content: [number], inputTokens: 1, outputTokens: 100, ...more };
  }
}

export interface Recorder {
  readonly client: CompletionClient;
  readonly asked: CompletionRequest[];
  readonly ended: RequestTrace[];
  readonly mostInFlight: () => number;
  /** Lets the answers come that are held back. */
  release(): void;
}

export interface RecorderOptions {
  readonly status?: RequestTrace['status'];
  /** Answers come when they are released; otherwise one turn of the event loop later. */
  readonly held?: boolean;
  readonly now?: () => number;
}

/** A client that keeps what it was asked. */
export function recorder({
  status = 'completed',
  held = false,
  now = () => 0,
}: RecorderOptions = {}): Recorder {
  const asked: CompletionRequest[] = [];
  const ended: RequestTrace[] = [];
  const waiting: (() => void)[] = [];
  let inFlight = 0;
  let most = 0;
  const client: CompletionClient = {
    complete(request) {
      asked.push(request);
      request.onSent(now());
      inFlight += 1;
      most = Math.max(most, inFlight);
      return new Promise((resolve) => {
        const answer = () => {
          inFlight -= 1;
          const trace = traceOf(request, status, now());
          ended.push(trace);
          resolve({ trace, answer: request.keepAnswer ? `answer ${request.turn}` : '' });
        };
        if (held) waiting.push(answer);
        else setImmediate(answer);
      });
    },
    endSilent: () => undefined,
    close: () => undefined,
  };
  const release = () => {
    for (const answer of waiting.splice(0)) answer();
  };
  return { client, asked, ended, mostInFlight: () => most, release };
}

export function traceOf(
  request: CompletionRequest,
  status: RequestTrace['status'],
  nowNs: number,
): RequestTrace {
  return {
    index: request.index,
    slot: request.slot,
    conversation: request.conversation,
    turn: request.turn,
    intendedNs: request.intendedNs,
    roomNs: request.roomNs,
    sentNs: nowNs,
    endedNs: nowNs,
    status,
    errorClass: null,
    errorMessage: null,
    inputTokensSent: 1,
    outputTokensAsked: request.outputTokens,
    inputTokens: null,
    inputTokensCached: null,
    outputTokens: null,
    finishReason: null,
    chunks: packChunks([]),
  };
}

export function loopOptions(
  recording: Recorder,
  more: Partial<LoopOptions> & {
    readonly source?: Iterable<Prompt>;
    readonly onEnded?: LoadObserver['onEnded'];
  } = {},
): LoopOptions {
  const { source = prompts(), onEnded = () => undefined, part = 0, parts = 1, now = () => 0, ...rest } = more;
  return {
    part,
    parts,
    seed: 1,
    client: recording.client,
    prompts: shareOf(source, part, parts),
    observer: {
      onBegun: () => undefined,
      onSent: () => undefined,
      onToken: () => undefined,
      onEnded,
      onOver: () => undefined,
    },
    chat: false,
    now,
    wakeAt(atNs, wake) {
      const timer = setTimeout(wake, (atNs - now()) / 1e6);
      return () => clearTimeout(timer);
    },
    beginNs: 0,
    ...rest,
  };
}

/** Every `parts`-th prompt, as the prompt thread deals them out in an open loop. */
function shareOf(source: Iterable<Prompt>, part: number, parts: number): PromptQueue {
  const iterator = source[Symbol.iterator]();
  let number = 0;
  return {
    filled: Promise.resolve(),
    next() {
      return new Promise((resolve) => {
        for (;;) {
          const next = iterator.next();
          if (next.done) throw new Error('no more prompts');
          const mine = number % parts === part;
          number += 1;
          if (!mine) continue;
          resolve({ number: number - 1, prompt: next.value });
          return;
        }
      });
    },
    close: () => undefined,
  };
}

/** Some turns of the event loop. */
export async function turns(count = 20): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
