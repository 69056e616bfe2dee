/** Which attempt at a run counts. */
import { runKey, type Plan, type RunRecord } from '@llem/core';
import { isAnswer } from './manifest.js';

/**
 * Of all attempts, one for each planned run: the last that completed or was overloaded, else the last. In the order of the plan; records
 * of runs that the plan does not have are left out. Records that were already chosen stay as they are.
 */
export function countingRecords(plan: Plan, records: readonly RunRecord[]): RunRecord[] {
  const chosen = new Map<string, RunRecord>();
  for (const record of records) {
    const key = runKey(record);
    const other = chosen.get(key);
    if (!other || outranks(record, other)) chosen.set(key, record);
  }
  return plan.runs.flatMap((run) => chosen.get(runKey(run)) ?? []);
}

function outranks(record: RunRecord, other: RunRecord): boolean {
  const [answers, otherAnswers] = [isAnswer(record.status), isAnswer(other.status)];
  return answers === otherAnswers ? record.attempt >= other.attempt : answers;
}
