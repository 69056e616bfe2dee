/** Carries out a plan run by run, as the agenda says: measure, put on disk, tell. */
import type { Experiment, PlannedRun, RunHeadline, RunRecord } from '@llem/core';
import { estimateDurationS } from '@llem/study';
import { createAgenda, type RunStep, type SkipStep } from './agenda/agenda.js';
import { nextStep } from './agenda/growth.js';
import { devicesOf } from './devices/selection.js';
import { billedMeters, type UsableMeter } from './energy/meters.js';
import { createPace } from './pace.js';
import type { ExecuteRequest, StudyOutcome } from './request.js';
import { endKept } from './run/engine.js';
import { holdGap } from './run/gap.js';
import { recordOf } from './run/record.js';
import { carryOut } from './run/run.js';
import { openSession, type Session } from './run/session.js';

/** Rejects only when nothing more can be put on disk (LLEM_E_STORE) or the plan contradicts itself. */
export async function execute(request: ExecuteRequest): Promise<StudyOutcome> {
  const { plan, growth, store, emit, signal } = request;
  const possible = growth?.possible() ?? [];
  const largest = { ...plan, runs: [...plan.runs, ...possible] };
  const experiments = new Map(plan.experiments.map((experiment) => [experiment.id, experiment]));
  const experimentOf = ({ experimentId }: Pick<PlannedRun, 'experimentId'>): Experiment => {
    const experiment = experiments.get(experimentId);
    if (!experiment) throw new Error(`the plan has no experiment ${experimentId}`);
    return experiment;
  };
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
    ...(possible.length > 0
      ? { runsAtMost: largest.runs.length, expectedAtMostS: estimateDurationS(largest) }
      : {}),
    meters: readInAll(request, session.meters),
  });

  const agenda = createAgenda(plan, request.past, possible.length);
  const pace = createPace(largest);
  let previous: PlannedRun | null = null;
  try {
    while (!signal.aborted) {
      const step = await nextStep(agenda, growth, signal);
      if (step === null) break;
      if (step.kind === 'skip') {
        await skip(request, step, experimentOf(step));
        continue;
      }
      const experiment = experimentOf(step.run);
      const [after] = agenda.upcoming();
      const next = after?.cycle === step.run.cycle ? experimentOf(after) : null;
      const { completed, overloaded, failed } = agenda.tally();
      const leftS = pace.leftS(step.of - step.index + 1, completed + overloaded + failed);
      const record = await measure(session, step, experiment, leftS, previous, next);
      agenda.note(step.run, record);
      previous = step.run;
      if (record.status === 'interrupted') break;
    }
  } finally {
    await endKept(session);
  }
  const interrupted = signal.aborted;
  if (agenda.stopped() && !interrupted) {
    const message = 'A run has failed, and the study ends with it (execution.fail_fast).';
    emit({ type: 'notice', level: 'warning', message });
  }
  emit({ type: 'study-ended', dir: store.dir, ...agenda.tally(), interrupted });
  return { ...agenda.tally(), interrupted };
}

async function skip(
  { store, emit }: ExecuteRequest,
  { runs, reason }: SkipStep,
  { id: experimentId, label }: Experiment,
): Promise<void> {
  await store.skipRuns(runs, reason);
  emit({ type: 'runs-skipped', experimentId, label, cycles: runs.map(({ cycle }) => cycle), reason });
}

/** Each meter with those of its devices that some experiment is billed for. */
function readInAll({ plan, plugins }: ExecuteRequest, meters: readonly UsableMeter[]) {
  const read = new Map<string, Set<string>>();
  for (const experiment of plan.experiments) {
    for (const { ref, devices } of billedMeters(meters, devicesOf(experiment, plugins))) {
      const ids = read.get(ref.id) ?? new Set();
      for (const { id } of devices) ids.add(id);
      read.set(ref.id, ids);
    }
  }
  return [...read].map(([id, devices]) => ({ id, devices: [...devices] }));
}

/** `next` is what the next run of the cycle measures; null in the last. */
async function measure(
  session: Session,
  { run, index, of, atMost, retry }: RunStep,
  experiment: Experiment,
  leftS: number,
  previous: PlannedRun | null,
  next: Experiment | null,
): Promise<RunRecord> {
  const { store, emit } = session.request;
  const place = { experimentId: experiment.id, label: experiment.label, cycle: run.cycle, index, of, atMost };
  if (retry) {
    const { number, of: retries, after } = retry;
    emit({ type: 'retry', ...place, retry: number, retries, after });
  }
  const folder = await store.openRun(run);
  const common = { runId: folder.runId, ...place };
  emit({ type: 'run-started', ...common, leftS });
  const gap = await holdGap(session, experiment, folder, run, previous);
  const startedAt = new Date();
  const result = await carryOut(session, run, experiment, folder, gap, next);
  const record = recordOf(session, run, experiment, folder, result, { startedAt, endedAt: new Date() });
  await store.commitRun(folder, record, result.tables);
  emit({
    type: 'run-ended',
    ...common,
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
