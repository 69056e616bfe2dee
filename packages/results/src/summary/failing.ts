/** The same check failed in several runs: how often, and in which one the worst. Pure. */
import type { CheckResult } from '@llem/core';
import type { ExperimentSummary } from './schema.js';

export type FailingCheck = ExperimentSummary['failing'][number];

/** A check that failed in one run. */
export function failingOnce({ id, severity, value, limit, message }: CheckResult): FailingCheck {
  return { id, severity, runs: 1, value, limit, message, uniform: true };
}

/** One for each check and severity, in the order in which they first came. */
export function gatherFailing(checks: readonly FailingCheck[]): FailingCheck[] {
  const gathered = new Map<string, FailingCheck>();
  for (const check of checks) {
    const key = `${check.severity} ${check.id}`;
    const known = gathered.get(key);
    if (!known) {
      gathered.set(key, check);
      continue;
    }
    gathered.set(key, {
      ...(distance(check) > distance(known) ? check : known),
      runs: known.runs + check.runs,
      uniform: known.uniform && check.uniform && known.message === check.message,
    });
  }
  return [...gathered.values()];
}

/**
 * How far a figure is from its limit, on either side of it, as a share of the limit: one check may look at several
 * figures, each with its own limit. -1 where there is no such figure, so that any other is worse.
 */
function distance({ value, limit }: FailingCheck): number {
  if (typeof value !== 'number' || typeof limit !== 'number') return -1;
  const from = Math.abs(Math.abs(value) - limit);
  return limit === 0 ? from : from / Math.abs(limit);
}
