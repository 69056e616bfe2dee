/** Gives a configuration up that does nothing but fail, so that a study does not spend its days on it. */
import type { RunStatus } from '@llem/core';

export interface Breaker {
  /** How a run of an experiment ended, its last attempt. An interruption says nothing about the experiment. */
  note(experimentId: string, status: RunStatus): void;
  /** Whether the experiment has been given up. */
  hasTripped(experimentId: string): boolean;
}

/** Trips after `limit` failed runs of an experiment in a row, whatever runs of others lie between; never with 0. */
export function createBreaker(limit: number): Breaker {
  const inARow = new Map<string, number>();
  return {
    note(experimentId, status) {
      if (status === 'interrupted') return;
      inARow.set(experimentId, status === 'failed' ? (inARow.get(experimentId) ?? 0) + 1 : 0);
    },
    hasTripped: (experimentId) => limit > 0 && (inARow.get(experimentId) ?? 0) >= limit,
  };
}
