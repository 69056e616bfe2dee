/** manifest.json: the status of every planned run at a glance. Derived from plan and journal, never edited. */
import { runStatusSchema, type Plan, type PlannedRun } from '@llem/core';
import { z } from 'zod';
import { isRunEntry, provenanceSchema, type JournalEntry, type RunEntry } from './journal.js';

export const manifestSchema = z.object({
  schema: z.literal('llem.manifest/1'),
  studyName: z.string(),
  studyHash: z.string(),
  /** Of the first invocation; null when the journal does not say. */
  startedAt: z.string().nullable(),
  /** Of the journal's last line. */
  updatedAt: z.string().nullable(),
  /** Complete: every planned run has completed, was overloaded or has failed. */
  state: z.enum(['complete', 'unfinished']),
  counts: z.object({
    planned: z.int(),
    completed: z.int(),
    overloaded: z.int(),
    failed: z.int(),
    interrupted: z.int(),
    /** Started and not ended: running now, or cut off. */
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
      status: z.enum(['waiting', 'open', ...runStatusSchema.options]),
      /** The attempt that counts: the last that completed or was overloaded, else the last; null when never started. */
      runId: z.string().nullable(),
      attempts: z.int(),
    }),
  ),
});

export type Manifest = z.output<typeof manifestSchema>;
export type RunStatus = Manifest['runs'][number]['status'];

/** Pure: the same plan and journal give the same manifest. */
export function deriveManifest(plan: Plan, entries: readonly JournalEntry[]): Manifest {
  const labels = new Map(plan.experiments.map((experiment) => [experiment.id, experiment.label]));
  const byRun = groupByRun(entries);
  const runs = plan.runs.map((run) => {
    const own = byRun.get(runKey(run)) ?? [];
    return {
      position: run.position,
      experimentId: run.experimentId,
      label: labels.get(run.experimentId) ?? run.experimentId,
      cycle: run.cycle,
      ...statusOf(own),
      attempts: new Set(own.map((entry) => entry.runId)).size,
    };
  });
  const count = (status: RunStatus): number => runs.filter((run) => run.status === status).length;
  const counts = {
    planned: runs.length,
    completed: count('completed'),
    overloaded: count('overloaded'),
    failed: count('failed'),
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
    state:
      counts.completed + counts.overloaded + counts.failed === counts.planned ? 'complete' : 'unfinished',
    counts,
    invocations,
    runs,
  };
}

/** Whether a run that ended so has told what it was asked: that its load is too much for the engine is an answer too. */
export function isAnswer(status: RunEntry['event']): boolean {
  return status === 'completed' || status === 'overloaded';
}

/** What names a run, whatever its attempt. */
export function runKey(run: Pick<PlannedRun, 'experimentId' | 'cycle'>): string {
  return `${run.experimentId} ${run.cycle}`;
}

function groupByRun(entries: readonly JournalEntry[]): Map<string, RunEntry[]> {
  const groups = new Map<string, RunEntry[]>();
  for (const entry of entries.filter(isRunEntry)) {
    const group = groups.get(runKey(entry));
    if (group) group.push(entry);
    else groups.set(runKey(entry), [entry]);
  }
  return groups;
}

function statusOf(entries: readonly RunEntry[]): { status: RunStatus; runId: string | null } {
  const counting = entries.findLast((entry) => isAnswer(entry.event)) ?? entries.at(-1);
  if (!counting) return { status: 'waiting', runId: null };
  return { status: counting.event === 'started' ? 'open' : counting.event, runId: counting.runId };
}
