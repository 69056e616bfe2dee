/** Carries out every run of a plan in its order: measure, put on disk, tell. A failed run does not stop the study. */
import type { Experiment, PlannedRun, RunHeadline, RunRecord } from '@llem/core';
import { estimateDurationS } from '@llem/study';
import { createAgenda, type RunStep } from './agenda/agenda.js';
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
  emit({
    type: 'study-started',
    name: plan.studyName,
    studyHash: plan.studyHash,
    dir: store.dir,
    experiments: plan.experiments.length,
    runs: plan.runs.length,
    skipped: plan.skipped.length,
    expectedS: estimateDurationS(plan),
  });

  const agenda = createAgenda(plan);
  const pace = createPace(plan);
  let previous: PlannedRun | null = null;
  let [completed, overloaded, failed] = [0, 0, 0];
  while (!signal.aborted) {
    const step = agenda.next();
    if (step === null) break;
    const experiment = experiments.get(step.run.experimentId);
    if (!experiment) throw new Error(`the plan has no experiment ${step.run.experimentId}`);
    const record = await measure(session, step, experiment, pace.leftS(step.of - step.index + 1), previous);
    previous = step.run;
    agenda.note(step.run, record);
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

async function measure(
  session: Session,
  { run, index, of }: RunStep,
  experiment: Experiment,
  leftS: number,
  previous: PlannedRun | null,
): Promise<RunRecord> {
  const { store, emit } = session.request;
  const folder = await store.openRun(run);
  const common = {
    runId: folder.runId,
    experimentId: experiment.id,
    label: experiment.label,
    cycle: run.cycle,
  };
  emit({ type: 'run-started', ...common, index, of, leftS });
  const gap = await holdGap(session, experiment, folder, run, previous);
  const startedAt = new Date();
  const result = await carryOut(session, run, experiment, folder, gap);
  const record = recordOf(session, run, experiment, folder, result, { startedAt, endedAt: new Date() });
  await store.commitRun(folder, record, result.tables);
  emit({
    type: 'run-ended',
    ...common,
    index,
    of,
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
