/** When each token of a request is due, from its start in a slot: absolute, so that nothing drifts. */
import type { EngineOptions } from './options.js';
import { createRandom, seedOf } from './random.js';

const NS_PER_MS = 1e6;

export interface Timing {
  /** When so many tokens have been made, in ns from the start; asked for in ascending order. 0 tokens is the first one's time. */
  dueNs(tokens: number): number;
  /** How often the request was set aside within so many tokens. */
  preemptions(tokens: number): number;
}

export function createTiming(options: EngineOptions, index: number, prefilledTokens: number): Timing {
  const { jitter, preemption, schedulesMs, itlMs } = options;
  const random = createRandom(seedOf(options.seed, index));
  const varied = (value: number, part: number) =>
    part === 0 ? value : value * (1 + part * (2 * random() - 1));
  const schedule = schedulesMs?.[index % schedulesMs.length];
  const prefillMs = prefilledTokens * options.prefillMsPerToken;
  const firstMs = prefillMs + (schedule?.[0] ?? varied(options.ttftMs, jitter.ttft));
  const preemptions = (tokens: number) =>
    preemption === null ? 0 : Math.max(0, Math.floor((tokens - 1) / preemption.everyTokens));
  const pausedMs = (tokens: number) => preemptions(tokens) * (preemption?.pauseMs ?? 0);

  if (schedule === undefined && jitter.itl === 0) {
    return {
      preemptions,
      dueNs: (tokens) => (firstMs + Math.max(0, tokens - 1) * itlMs + pausedMs(tokens)) * NS_PER_MS,
    };
  }
  let reached = 1;
  let reachedMs = firstMs;
  return {
    preemptions,
    dueNs(tokens) {
      for (; reached < tokens; reached += 1) {
        const scheduled = schedule?.[reached];
        reachedMs = scheduled === undefined ? reachedMs + varied(itlMs, jitter.itl) : prefillMs + scheduled;
      }
      return (reachedMs + pausedMs(tokens)) * NS_PER_MS;
    },
  };
}
