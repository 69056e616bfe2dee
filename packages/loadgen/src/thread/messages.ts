/** What the load threads and the harness say to each other. Plain data; times are nanoseconds since the load's origin. */
import type { MessagePort } from 'node:worker_threads';
import type { Dialect, Endpoint, ModelFacts, PluginContext, PluginRef, Prompt, Workload } from '@llem/core';
import type { ArrivalClock, SocketsChoice } from '../sockets/sockets.js';
import type { Reason } from './failure.js';
import type { Mark } from './shared.js';

/** Everything that a load needs. */
export interface LoadPlan {
  readonly endpoint: Endpoint;
  readonly dialect: Dialect;
  /** With a concurrency or an arrival; a search has put in the load that it tries. */
  readonly workload: Workload;
  readonly model: ModelFacts;
  readonly dataset: PluginRef;
  readonly context: PluginContext;
  /** Of arrivals, of first lengths, and of what the engine draws. */
  readonly seed: number;
  /** Order of the data set's prompts, and how many are left out at the beginning. Default: by `seed`, none. */
  readonly prompts?: { readonly seed: number; readonly skip: number };
  /** Load threads; each takes its share of slots or arrivals. */
  readonly threads: number;
  /** A request without a token for this long has failed, s. */
  readonly silenceS: number;
  /** Default: the best that this machine has. */
  readonly sockets?: SocketsChoice;
}

/** What one thread is given. */
export interface ThreadPlan {
  readonly load: LoadPlan;
  /** From 0. */
  readonly thread: number;
  readonly memory: SharedArrayBuffer;
  readonly openFiles: SharedArrayBuffer;
  readonly originNs: bigint;
  /** To the prompt thread. */
  readonly prompts: MessagePort;
}

/** What the prompt thread is given. */
export interface PromptPlan {
  readonly load: LoadPlan;
  /** To each load thread. */
  readonly ports: readonly MessagePort[];
}

/** A load thread has room for so many more prompts. */
export interface ToPrompts {
  readonly count: number;
}

export type FromPrompts =
  | { readonly type: 'prompt'; readonly number: number; readonly prompt: Prompt }
  /** There are no more than these. */
  | { readonly type: 'ended'; readonly prompts: number }
  | { readonly type: 'failed'; readonly reason: Reason };

export type ToThread =
  /** Everything is ready everywhere: the load begins at this time. */
  | { readonly type: 'begin'; readonly atNs: number }
  /** A mark was set, in whichever thread. */
  | { readonly type: 'mark'; readonly mark: Mark }
  | { readonly type: 'pause'; readonly atNs: number }
  | { readonly type: 'resume'; readonly atNs: number }
  /** The window is closed: tell when the requests sent inside it have ended. */
  | { readonly type: 'finish' }
  /** End at once and hand over what there is, page by page, the first one now. */
  | { readonly type: 'end' }
  /** A page has come: hand over the next. One at a time, so that there is never more than one on its way. */
  | { readonly type: 'next' };

/** Some traces of one thread, as pages.ts packs them: little to hand over and nothing to copy. */
export interface TracePage {
  /** A row of numbers for each trace. */
  readonly rows: Float64Array<ArrayBuffer>;
  /** A row of texts for each trace. */
  readonly texts: readonly (string | null)[];
  /** What the chunks of all of them refer to. */
  readonly entries: Uint32Array<ArrayBuffer>;
}

/** What one thread saw beside its requests. */
export interface ThreadSummary {
  readonly unsentNs: Float64Array<ArrayBuffer>;
  /** Share of the window in which the thread was busy, 0 to 1; null when it was not closed. */
  readonly utilization: number | null;
  /** Null when nothing arrived. */
  readonly arrivalClock: ArrivalClock | null;
}

export type FromThread =
  /** Prompts are there; it may begin. */
  | { readonly type: 'ready' }
  | { readonly type: 'marked'; readonly mark: Mark }
  /** Nothing is in flight after a pause. */
  | { readonly type: 'quiet' }
  /** Every request that was sent inside the window has ended. */
  | { readonly type: 'whole' }
  | { readonly type: 'page'; readonly page: TracePage }
  /** There are no more pages. */
  | { readonly type: 'ended'; readonly summary: ThreadSummary }
  | { readonly type: 'failed'; readonly reason: Reason };
