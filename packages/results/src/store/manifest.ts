/** manifest.json: the status of every planned run at a glance. Derived from plan and journal, never edited. */
import { retryAfter, runKey, runStatusSchema, type Plan, type PlannedRun } from '@llem/core';
import { z } from 'zod';
import {
  isRunEntry,
  provenanceSchema,
  sinceAnew,
  type JournalEntry,
  type RunEntry,
  type SkippedEntry,
} from './journal.js';

export const manifestSchema = z.object({
  schema: z.literal('llem.manifest/1'),
  studyName: z.string(),
  studyHash: z.string(),
  /** Of the first invocation; null when the journal does not say. */
  startedAt: z.string().nullable(),
  /** Of the journal's last line. */
  updatedAt: z.string().nullable(),
  /** Complete: every planned run has completed, was overloaded, has failed or was skipped. */
  state: z.enum(['complete', 'unfinished']),
  counts: z.object({
    planned: z.int(),
    completed: z.int(),
    overloaded: z.int(),
    failed: z.int(),
    /** Given up before they were measured. */
    skipped: z.int(),
    interrupted: z.int(),
    /** Started and not ended: running now, cut off, or to be tried again. */
    open: z.int(),
    /** Never started. */
    waiting: z.int(),
  }),
  invocations: z.array(z.object({ startedAt: z.string(), provenance: provenanceSchema })),
  /** In the order of execution. */
  runs: z.array(
    z.object({
      position: z.int(),
      experimentId: z.string(),
      label: z.string(),
      cycle: z.int(),
      status: z.enum(['waiting', 'open', 'skipped', ...runStatusSchema.options]),
      /** The attempt that counts: the last that completed or was overloaded, else the last; null when never started. */
      runId: z.string().nullable(),
      attempts: z.int(),
      /** Why it was skipped; null where it was not. */
      skipReason: z.string().nullable(),
    }),
  ),
});

export type Manifest = z.output<typeof manifestSchema>;
export type RunStatus = Manifest['runs'][number]['status'];

/** Pure: the same plan and journal give the same manifest. */
export function deriveManifest(plan: Plan, entries: readonly JournalEntry[]): Manifest {
  const labels = new Map(plan.experiments.map((experiment) => [experiment.id, experiment.label]));
  const byRun = groupByRun(entries);
  const byRunAnew = groupByRun(sinceAnew(entries));
  const runs = plan.runs.map((run) => {
    const own = byRun.get(runKey(run)) ?? [];
    return {
      position: run.position,
      experimentId: run.experimentId,
      label: labels.get(run.experimentId) ?? run.experimentId,
      cycle: run.cycle,
      ...statusOf(own, byRunAnew.get(runKey(run)) ?? [], plan),
      attempts: new Set(own.filter(isRunEntry).map((entry) => entry.runId)).size,
    };
  });
  const count = (status: RunStatus): number => runs.filter((run) => run.status === status).length;
  const counts = {
    planned: runs.length,
    completed: count('completed'),
    overloaded: count('overloaded'),
    failed: count('failed'),
    skipped: count('skipped'),
    interrupted: count('interrupted'),
    open: count('open'),
    waiting: count('waiting'),
  };
  const invocations = entries.flatMap((entry) =>
    entry.event === 'study' ? [{ startedAt: entry.t, provenance: entry.provenance }] : [],
  );
  return {
    schema: 'llem.manifest/1',
    studyName: plan.studyName,
    studyHash: plan.studyHash,
    startedAt: invocations[0]?.startedAt ?? null,
    updatedAt: entries.at(-1)?.t ?? null,
    state: counts.interrupted + counts.open + counts.waiting === 0 ? 'complete' : 'unfinished',
    counts,
    invocations,
    runs,
  };
}

/** The keys of the runs that are to be measured, or tried again: what their earlier attempts gave is no outcome yet. */
export function runsToCome({ runs }: Pick<Manifest, 'runs'>): ReadonlySet<string> {
  return new Set(runs.filter(({ status }) => status === 'waiting' || status === 'open').map(runKey));
}

/** A run that was given up. */
export interface SkippedRun extends Pick<PlannedRun, 'experimentId' | 'cycle'> {
  /** A sentence. */
  readonly reason: string;
}

export function skippedRuns({ runs }: Pick<Manifest, 'runs'>): SkippedRun[] {
  return runs.flatMap(({ experimentId, cycle, skipReason: reason }) =>
    reason === null ? [] : [{ experimentId, cycle, reason }],
  );
}

/** Whether a run that ended so has told what it was asked: that its load is too much for the engine is an answer too. */
export function isAnswer(status: RunEntry['event']): boolean {
  return status === 'completed' || status === 'overloaded';
}

function groupByRun(entries: readonly JournalEntry[]): Map<string, (RunEntry | SkippedEntry)[]> {
  const groups = new Map<string, (RunEntry | SkippedEntry)[]>();
  for (const entry of entries) {
    if (entry.event === 'study') continue;
    const group = groups.get(runKey(entry));
    if (group) group.push(entry);
    else groups.set(runKey(entry), [entry]);
  }
  return groups;
}

/**
 * A run that has failed and then was given up stays a failed one: that tells more. `anew`: those of its entries that came after failed
 * runs were last taken up; one without any is still to be tried again.
 */
function statusOf(
  entries: readonly (RunEntry | SkippedEntry)[],
  anew: readonly (RunEntry | SkippedEntry)[],
  { execution }: Plan,
): Pick<Manifest['runs'][number], 'status' | 'runId' | 'skipReason'> {
  const attempts = entries.filter(isRunEntry);
  const counting = attempts.findLast((entry) => isAnswer(entry.event)) ?? attempts.at(-1);
  const runId = counting?.runId ?? null;
  const last = entries.at(-1);
  const isTakenUp = anew.length === 0;
  if (last?.event === 'skipped' && counting?.event !== 'failed')
    return isTakenUp
      ? { status: attempts.length === 0 ? 'waiting' : 'open', runId, skipReason: null }
      : { status: 'skipped', runId, skipReason: last.reason };
  if (!counting) return { status: 'waiting', runId, skipReason: null };
  const isDue = isTakenUp
    ? counting.event === 'failed'
    : last === counting && isDueAgain(anew.filter(isRunEntry), execution);
  const status = counting.event === 'started' || isDue ? 'open' : counting.event;
  return { status, runId, skipReason: null };
}

/** Whether the last attempt failed so that the run is tried again. */
function isDueAgain(attempts: readonly RunEntry[], { retries }: Plan['execution']): boolean {
  const failures = attempts.filter(({ event }) => event === 'failed');
  return (
    attempts.at(-1)?.event === 'failed' &&
    retryAfter(
      failures.map(({ failureClass }) => failureClass ?? null),
      retries,
    ) !== null
  );
}
