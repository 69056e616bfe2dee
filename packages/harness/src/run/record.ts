/** `record.json` from what a run gathered. Pure. */
import {
  isPublishable,
  type Artifacts,
  type Experiment,
  type Measurement,
  type PlannedRun,
  type RunFolder,
  type RunRecord,
} from '@llem/core';
import type { Evidence } from '../verdict/evidence.js';
import { judge } from '../verdict/judge.js';
import type { RunResult } from './run.js';
import type { Session } from './session.js';

export interface RunTimes {
  readonly startedAt: Date;
  readonly endedAt: Date;
}

export function recordOf(
  session: Session,
  run: PlannedRun,
  experiment: Experiment,
  folder: RunFolder,
  result: RunResult,
  times: RunTimes,
): RunRecord {
  const { plan } = session.request;
  const { measurement, artifacts, engine, runner, failure } = result;
  const checks =
    measurement && artifacts && !failure
      ? judge(evidenceOf(session, experiment, result, measurement, artifacts))
      : [];
  return {
    schema: 'llem.record/1',
    runId: folder.runId,
    experimentId: experiment.id,
    studyHash: plan.studyHash,
    label: experiment.label,
    cycle: run.cycle,
    position: run.position,
    attempt: folder.attempt,
    session: session.id,
    status: result.interrupted ? 'interrupted' : failure ? 'failed' : 'completed',
    startedAt: times.startedAt.toISOString(),
    endedAt: times.endedAt.toISOString(),
    seed: run.seed,
    experiment: {
      model: experiment.model,
      backend: experiment.backend,
      runner: runner.type,
      devices: result.devices,
      workload: experiment.workload,
      measure: experiment.measure,
      [experiment.backend]: experiment.options,
    },
    engine: {
      backend: experiment.backend,
      version: engine?.version ?? null,
      command: [...(result.spec?.command ?? [])],
      model: artifacts
        ? {
            name: artifacts.model.name,
            revision: artifacts.model.revision,
            weightsHash: artifacts.model.weightsHash,
            tokenizerRevision: artifacts.model.tokenizerRevision,
            randomWeights: artifacts.model.randomWeights,
            parameters: artifacts.model.parameters,
          }
        : null,
      service: 'fresh',
      facts: { ...result.serviceFacts, ...engine?.details },
    },
    runner: { type: runner.type, why: runner.why, options: runner.options },
    host: session.host,
    devices: result.meters.flatMap((meter) =>
      meter.devices.map((device) => ({
        id: device.id,
        scope: device.scope,
        name: device.name,
        meter: meter.ref.id,
        facts: device.facts,
      })),
    ),
    measurement: failure ? null : measurement,
    validity: { publishable: isPublishable(checks), checks },
    reasons: reasonsOf(result),
    failure: failure ? { ...failure, logTail: [...failure.logTail] } : null,
  };
}

function evidenceOf(
  session: Session,
  experiment: Experiment,
  result: RunResult,
  measurement: Measurement,
  artifacts: Artifacts,
): Evidence {
  const { headline, totals } = measurement.energy;
  const { measure } = experiment;
  return {
    measurement,
    workload: experiment.workload,
    model: artifacts.model,
    engineVersion: result.engine?.version ?? null,
    headline: headline ? totals[headline] : null,
    longestReadingGapS: result.coverage.longestReadingGapS,
    missedTickShare: result.coverage.missedTickShare,
    logicalCpus: session.host.logicalCpus,
    leftOut: [
      ...(measure.idle_bare_s === 0 ? ['idle_bare_s'] : []),
      ...(measure.settle_s === 0 ? ['settle_s'] : []),
      ...(measure.idle_loaded_s === 0 ? ['idle_loaded_s'] : []),
      ...(measure.warmup.max_s === 0 ? ['warmup.max_s'] : []),
    ],
  };
}

/** Why figures are null, by their path in the record. */
function reasonsOf({ measurement, failure, meters, engine }: RunResult): Record<string, string> {
  const reasons: Record<string, string> = {};
  if (failure) {
    reasons['measurement'] = `the run did not complete: ${failure.class}`;
    return reasons;
  }
  if (!measurement) return reasons;
  const { energy, latency, tokens } = measurement;
  for (const scope of ['gpu', 'cpu', 'dram', 'node'] as const) {
    if (energy.totals[scope] === null) {
      const metered = meters.some((meter) => meter.devices.some((device) => device.scope === scope));
      reasons[`measurement.energy.totals.${scope}`] = metered
        ? 'a domain of this scope has no figure'
        : 'no meter covers it';
    }
  }
  for (const [name, stats] of Object.entries(latency)) {
    if (stats === null)
      reasons[`measurement.latency.${name}`] = 'no request inside the window had enough tokens';
  }
  if (tokens.inputCached === null) reasons['measurement.tokens.inputCached'] = 'the engine does not tell';
  if (tokens.mismatch === null)
    reasons['measurement.tokens.mismatch'] = 'the engine tells no usage, or several tokens come in one chunk';
  if (engine?.version === null) reasons['engine.version'] = 'the engine does not tell its version';
  return reasons;
}
