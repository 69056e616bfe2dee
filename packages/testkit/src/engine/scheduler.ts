/** Who runs, who waits, and when the next token is due: continuous batching over a number of slots. */
import { createDueHeap } from './heap.js';
import type { OpenEntry, OpenLedger, Outcome } from './ledger.js';
import type { EngineOptions } from './options.js';
import type { Timing } from './timing.js';

/** A request on its way through the engine. */
export interface Job {
  readonly entry: OpenEntry;
  /** Its time in a slot begins; the cache is asked now. */
  onStart(): Timing;
  /** Tokens of the next write, given that so many have been sent. */
  tokensOfNextWrite(sent: number): number;
  /**
   * So many tokens are due now, whole writes unless a fault ends them early; `last` when the answer ends with them. False when
   * the socket takes no more for now.
   */
  onTokens(count: number, last: boolean): boolean;
  onEnd(outcome: Outcome): void;
}

export interface Scheduler {
  readonly running: () => number;
  readonly waiting: () => number;
  /** Tokens of prompt and answer that running requests hold. */
  readonly tokensHeld: () => number;
  readonly tokensSent: () => number;
  readonly preemptions: () => number;
  add(job: Job): void;
  cancel(job: Job): void;
  /** The socket of this job takes more again. */
  resume(job: Job): void;
  close(): void;
}

/** Tokens that a request without pauses sends before others get their turn. */
const BURST = 256;
const NS_PER_MS = 1e6;
/** Timers have a grain of 1 ms and come late by about as much again on a busy machine. */
const SPIN_NS = 2 * NS_PER_MS;

interface Running {
  readonly job: Job;
  readonly startNs: number;
  readonly timing: Timing;
  sent: number;
  /** Tokens of the next write, and when it is due; Infinity while the socket takes no more. */
  next: number;
  dueNs: number;
}

/** `onLimit` is called once the tokens of a fault have been sent, `onRunning` when another number of requests runs. */
export function createScheduler(
  options: EngineOptions,
  ledger: OpenLedger,
  onLimit: () => void,
  onRunning: (requests: number) => void,
): Scheduler {
  const { faults, slots } = options;
  const running = new Map<Job, Running>();
  const queue = new Map<Job, number>();
  const due = createDueHeap<Running>();
  const limit = Math.min(
    faults['exit-after-tokens'] ?? Infinity,
    faults['hang-after-tokens'] ?? Infinity,
    faults['close-port-after-tokens'] ?? Infinity,
  );
  const alarm = createAlarm(ledger.nowNs, options.precise, pump);
  let sentByAll = 0;
  let preempted = 0;
  let pumping = false;
  let stopped = false;

  const lastTokenOf = ({ entry }: Job) => Math.min(entry.plannedTokens, faults['cut-stream'] ?? Infinity);

  function start(job: Job, startNs: number): void {
    job.entry.startedNs = ledger.at(startNs);
    const state = { job, startNs, timing: job.onStart(), sent: 0, next: 0, dueNs: 0 };
    running.set(job, state);
    onRunning(running.size);
    ledger.peakRunning = Math.max(ledger.peakRunning, running.size);
    plan(state);
    due.push(state.dueNs, state);
  }

  function plan(state: Running): void {
    const { job, startNs, sent, timing } = state;
    state.next = Math.min(job.tokensOfNextWrite(sent), lastTokenOf(job) - sent);
    state.dueNs = startNs + timing.dueNs(sent + state.next);
  }

  /** The slot was free from `freeNs` on: whoever waited starts then, not when we came to notice. */
  function free(state: Running, outcome: Outcome, freeNs: number): void {
    if (!running.delete(state.job)) return;
    preempted += state.timing.preemptions(state.sent);
    state.job.onEnd(outcome);
    for (const [job, addedNs] of queue) {
      if (running.size >= slots) break;
      queue.delete(job);
      start(job, Math.max(addedNs, freeNs));
    }
    onRunning(running.size);
  }

  /** Sends what is due by now; true when its time has come again already. */
  function advance(state: Running, nowNs: number): boolean {
    const { job } = state;
    const lastToken = lastTokenOf(job);
    const room = limit - sentByAll;
    let tokens = 0;
    let dueNs = state.dueNs;
    while (state.dueNs <= nowNs && tokens < Math.min(BURST, room) && state.sent < lastToken) {
      tokens += state.next;
      state.sent += state.next;
      dueNs = state.dueNs;
      plan(state);
    }
    const allowed = Math.min(tokens, room);
    state.sent -= tokens - allowed;
    sentByAll += allowed;
    const ended = state.sent >= lastToken;
    const more = job.onTokens(allowed, ended && lastToken === job.entry.plannedTokens);
    if (ended) {
      free(state, lastToken < job.entry.plannedTokens ? 'cut' : 'completed', dueNs);
      return false;
    }
    if (!more) {
      state.dueNs = Infinity;
      return false;
    }
    if (state.dueNs <= nowNs) return true;
    due.push(state.dueNs, state);
    return false;
  }

  function pump(): void {
    if (stopped) return;
    pumping = true;
    const again: Running[] = [];
    const nowNs = ledger.nowNs();
    while (due.nextNs() <= nowNs && sentByAll < limit) {
      const state = due.pop();
      if (state === undefined) break;
      if (running.get(state.job) === state && advance(state, nowNs)) again.push(state);
    }
    for (const state of again) due.push(state.dueNs, state);
    pumping = false;
    if (sentByAll >= limit) {
      stopped = true;
      onLimit();
      return;
    }
    alarm.set(due.nextNs());
  }

  function wake(): void {
    if (!pumping && !stopped) alarm.set(due.nextNs());
  }

  return {
    running: () => running.size,
    waiting: () => queue.size,
    tokensHeld: () => {
      let held = 0;
      for (const { job, sent } of running.values()) held += job.entry.inputTokens + sent;
      return held;
    },
    tokensSent: () => sentByAll,
    preemptions: () => {
      let count = preempted;
      for (const { timing, sent } of running.values()) count += timing.preemptions(sent);
      return count;
    },
    add(job) {
      const nowNs = ledger.nowNs();
      if (running.size < slots) start(job, nowNs);
      else queue.set(job, nowNs);
      wake();
    },
    cancel(job) {
      const state = running.get(job);
      if (state !== undefined) free(state, 'cancelled', ledger.nowNs());
      else if (queue.delete(job)) job.onEnd('cancelled');
      wake();
    },
    resume(job) {
      const state = running.get(job);
      if (state?.dueNs !== Infinity) return;
      plan(state);
      due.push(state.dueNs, state);
      wake();
    },
    close() {
      stopped = true;
      alarm.clear();
    },
  };
}

/** One timer for all; set again it goes off at the new time only. */
function createAlarm(nowNs: () => number, precise: boolean, ring: () => void) {
  let cancel: (() => void) | null = null;
  let setFor = Infinity;
  const go = () => {
    cancel = null;
    setFor = Infinity;
    ring();
  };
  return {
    set(atNs: number): void {
      if (cancel !== null && atNs === setFor) return;
      cancel?.();
      cancel = null;
      setFor = atNs;
      if (atNs === Infinity) return;
      const leftNs = atNs - nowNs();
      if (leftNs <= (precise ? SPIN_NS : 0)) {
        const handle = setImmediate(go);
        cancel = () => clearImmediate(handle);
      } else {
        const handle = setTimeout(go, Math.ceil((leftNs - (precise ? SPIN_NS : 0)) / NS_PER_MS));
        cancel = () => clearTimeout(handle);
      }
    },
    clear(): void {
      cancel?.();
      cancel = null;
    },
  };
}
