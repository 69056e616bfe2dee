/** Who runs, who waits, and when the next token is due: continuous batching over a number of slots. */
import type { Ledger, LedgerEntry, Outcome } from './ledger.js';
import type { EngineOptions } from './options.js';

/** A request on its way through the engine. */
export interface Job {
  readonly entry: LedgerEntry;
  /** This many tokens are due now; called once for all that fall due together. */
  readonly onTokens: (count: number) => void;
  readonly onEnd: (outcome: Outcome) => void;
}

export interface Scheduler {
  readonly ledger: Ledger & { readonly entries: LedgerEntry[] };
  readonly running: () => number;
  readonly waiting: () => number;
  add(job: Job): void;
  cancel(job: Job): void;
  close(): void;
}

/** Tokens that a request without pauses sends before others get their turn. */
const BURST = 256;

const noWakeUp = (): void => undefined;

/** `onDeath` is called when the fault `exit-after-tokens` strikes. */
export function createScheduler(options: EngineOptions, onDeath: () => void): Scheduler {
  const { faults, slots, ttftMs, itlMs } = options;
  const ledger = { entries: new Array<LedgerEntry>(), tokens: 0, peakRunning: 0 };
  const running = new Map<Job, number>();
  const queue = new Set<Job>();
  const limit = Math.min(faults['exit-after-tokens'] ?? Infinity, faults['hang-after-tokens'] ?? Infinity);
  let cancelWakeUp: () => void = noWakeUp;
  let stopped = false;

  function fillSlots(now: number): void {
    for (const job of queue) {
      if (running.size >= slots) return;
      queue.delete(job);
      job.entry.startedNs = process.hrtime.bigint();
      running.set(job, now);
      ledger.peakRunning = Math.max(ledger.peakRunning, running.size);
    }
  }

  function end(job: Job, outcome: Outcome): void {
    if (!running.delete(job) && !queue.delete(job)) return;
    job.entry.endedNs = process.hrtime.bigint();
    job.entry.outcome = outcome;
    job.onEnd(outcome);
  }

  /** Sends what is due by now and says when the next token is. */
  function advance(job: Job, startedAt: number, now: number): number {
    const { entry } = job;
    const lastToken = Math.min(entry.plannedTokens, faults['cut-stream'] ?? Infinity);
    const elapsed = now - startedAt - ttftMs;
    const due = elapsed < 0 ? 0 : itlMs === 0 ? lastToken : 1 + Math.floor(elapsed / itlMs);
    const room = Math.min(lastToken, limit - ledger.tokens + entry.tokenNs.length);
    const tokens = Math.min(due, room, entry.tokenNs.length + BURST) - entry.tokenNs.length;
    if (tokens > 0) {
      job.onTokens(tokens);
      const at = process.hrtime.bigint();
      for (let token = 0; token < tokens; token += 1) entry.tokenNs.push(at);
      ledger.tokens += tokens;
    }
    if (entry.tokenNs.length >= lastToken && (lastToken > 0 || elapsed >= 0)) {
      end(job, lastToken < entry.plannedTokens ? 'cut' : 'completed');
      return Infinity;
    }
    return startedAt + ttftMs + entry.tokenNs.length * itlMs;
  }

  function pump(): void {
    if (stopped) return;
    const now = performance.now();
    fillSlots(now);
    let next = Infinity;
    for (const [job, startedAt] of running) next = Math.min(next, advance(job, startedAt, now));
    if (ledger.tokens >= limit) {
      stopped = true;
      if (ledger.tokens >= (faults['exit-after-tokens'] ?? Infinity)) onDeath();
      return;
    }
    // A slot that has just become free has somebody waiting for it.
    if (queue.size > 0 && running.size < slots) next = now;
    sleepUntil(next);
  }

  function sleepUntil(next: number): void {
    cancelWakeUp();
    cancelWakeUp = noWakeUp;
    if (next === Infinity) return;
    const delay = next - performance.now();
    if (delay <= 0) {
      const handle = setImmediate(pump);
      cancelWakeUp = () => clearImmediate(handle);
    } else {
      const handle = setTimeout(pump, Math.ceil(delay));
      cancelWakeUp = () => clearTimeout(handle);
    }
  }

  return {
    ledger,
    running: () => running.size,
    waiting: () => queue.size,
    add(job) {
      queue.add(job);
      if (!stopped) sleepUntil(0);
    },
    cancel(job) {
      if (!running.has(job) && !queue.has(job)) return;
      end(job, 'cancelled');
      if (!stopped) sleepUntil(0);
    },
    close() {
      stopped = true;
      cancelWakeUp();
    },
  };
}
