/** Carries out every run of a plan in its order: measure, put on disk, tell. A failed run does not stop the study. */
import type { Experiment, PlannedRun, RunHeadline, RunRecord } from '@llem/core';
import { createPace } from './pace.js';
import type { ExecuteRequest, StudyOutcome } from './request.js';
import { holdGap } from './run/gap.js';
import { recordOf } from './run/record.js';
import { carryOut } from './run/run.js';
import { openSession, type Session } from './run/session.js';

/** Rejects only when nothing more can be put on disk (LLEM_E_STORE) or the plan contradicts itself. */
export async function execute(request: ExecuteRequest): Promise<StudyOutcome> {
  const { plan, store, emit, signal } = request;
  const experiments = new Map(plan.experiments.map((experiment) => [experiment.id, experiment]));
  const session = await openSession(request);
  const pace = createPace(plan);
  emit({
    type: 'study-started',
    name: plan.studyName,
    studyHash: plan.studyHash,
    dir: store.dir,
    experiments: plan.experiments.length,
    runs: plan.runs.length,
    skipped: plan.skipped.length,
    expectedS: pace.leftS(0),
  });

  let [completed, overloaded, failed] = [0, 0, 0];
  for (const [index, run] of plan.runs.entries()) {
    const experiment = experiments.get(run.experimentId);
    if (!experiment) throw new Error(`the plan has no experiment ${run.experimentId}`);
    if (signal.aborted) break;
    const record = await measure(session, run, experiment, {
      index: index + 1,
      of: plan.runs.length,
      leftS: pace.leftS(index),
    });
    pace.note();
    if (record.status === 'completed') completed += 1;
    else if (record.status === 'overloaded') overloaded += 1;
    else if (record.status === 'failed') failed += 1;
    if (record.status === 'interrupted') break;
  }
  const interrupted = signal.aborted;
  emit({ type: 'study-ended', dir: store.dir, completed, overloaded, failed, interrupted });
  return { completed, overloaded, failed, interrupted };
}

interface Place {
  readonly index: number;
  readonly of: number;
  readonly leftS: number;
}

async function measure(
  session: Session,
  run: PlannedRun,
  experiment: Experiment,
  place: Place,
): Promise<RunRecord> {
  const { store, emit } = session.request;
  const folder = await store.openRun(run);
  const common = {
    runId: folder.runId,
    experimentId: experiment.id,
    label: experiment.label,
    cycle: run.cycle,
  };
  emit({ type: 'run-started', ...common, index: place.index, of: place.of, leftS: place.leftS });
  const gap = await holdGap(session, experiment, folder, place.index === 1);
  const startedAt = new Date();
  const result = await carryOut(session, run, experiment, folder, gap);
  const record = recordOf(session, run, experiment, folder, result, { startedAt, endedAt: new Date() });
  await store.commitRun(folder, record, result.tables);
  emit({
    type: 'run-ended',
    ...common,
    index: place.index,
    of: place.of,
    status: record.status,
    headline: headlineOf(record),
    failure: record.failure,
  });
  return record;
}

function headlineOf({ measurement, search, validity }: RunRecord): RunHeadline | null {
  if (!measurement) return null;
  const { energy, throughput, latency } = measurement;
  const total = energy.headline ? energy.totals[energy.headline] : null;
  return {
    joulesPerOutputToken: energy.joulesPerOutputToken,
    energyQuality: total?.quality ?? null,
    outputTokensPerS: throughput.outputTokensPerS,
    offeredPerS: throughput.offeredPerS,
    requestsPerS: throughput.requestsPerS,
    goodputPerS: throughput.goodputPerS,
    foundLoad: search?.found ?? null,
    foundOver: search?.over ?? null,
    ttftP50Ms: latency.ttftMs?.p50 ?? null,
    itlMeanMs: latency.itlMs?.mean ?? null,
    meanPowerW: total?.meanPowerW ?? null,
    publishable: validity.publishable,
  };
}
