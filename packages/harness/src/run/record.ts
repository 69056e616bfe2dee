/** `record.json` from what a run gathered. Pure. */
import {
  isPublishable,
  SCOPES,
  type Artifacts,
  type Experiment,
  type PlannedRun,
  type RunFolder,
  type RunRecord,
  type RunStatus,
} from '@llem/core';
import { headlineDevices } from '../energy/domains.js';
import { MAY_BE_ELSEWHERE } from '../energy/requirement.js';
import { worstMissedShare } from '../sampler/figures.js';
import type { Evidence } from '../verdict/evidence.js';
import { judge } from '../verdict/judge.js';
import { nothingHeld } from '../verdict/search-checks.js';
import { datasetRecord } from './dataset.js';
import type { Measured } from './measurement.js';
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
  const { measured, measurement, artifacts, engine, runner, failure, search } = result;
  // How a server that was there already would have been started is nothing that happened.
  const spec = result.isAttached ? null : result.spec;
  const checks =
    measured && artifacts && !failure
      ? judge(evidenceOf(session, experiment, result, measured, artifacts))
      : search?.found === null && !failure
        ? [nothingHeld(search)]
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
    status: statusOf(result),
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
      command: [...(spec?.command ?? [])],
      container: spec?.container ?? null,
      image: result.image && { ...result.image },
      files: (spec?.files ?? []).map((file) => ({ ...file })),
      kvCacheTokens: engine?.kvCacheTokens ?? null,
      differences: (engine?.differences ?? []).map((difference) => ({ ...difference })),
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
      service: result.isAttached ? 'attached' : plan.execution.service,
      serviceStart: result.serviceStart,
      facts: { ...result.serviceFacts, ...engine?.details },
    },
    dataset: datasetRecord(result),
    runner: { type: runner.type, why: runner.why, options: runner.options },
    host: session.host,
    devices: result.meters.flatMap((meter) =>
      meter.devices.map((device) => ({
        id: device.id,
        scope: device.scope,
        name: device.name,
        meter: meter.ref.id,
        driver: device.gpu?.driver ?? null,
        vbios: device.gpu?.vbios ?? null,
        memoryBytes: device.gpu?.memoryBytes ?? null,
        powerLimitW: device.gpu ? { ...device.gpu.powerLimitW } : null,
        persistence: device.gpu?.persistence ?? null,
        partitioned: device.gpu?.partitioned ?? null,
        ecc: device.gpu?.ecc ?? null,
        reasons: { ...device.reasons },
        facts: device.facts,
      })),
    ),
    search,
    measurement,
    validity: { publishable: isPublishable(checks), checks },
    reasons: reasonsOf(result),
    failure: failure ? { ...failure, logTail: [...failure.logTail] } : null,
  };
}

/** An overload is an answer, not a failure; a search of which no load held has found nothing but overload. */
function statusOf({ interrupted, failure, measured, search }: RunResult): RunStatus {
  if (interrupted) return 'interrupted';
  if (failure) return 'failed';
  return (measured?.overload?.overloaded ?? search?.found === null) ? 'overloaded' : 'completed';
}

function evidenceOf(
  session: Session,
  experiment: Experiment,
  { engine, meters, devices, workload, search, dataset }: RunResult,
  measured: Measured,
  artifacts: Artifacts,
): Evidence {
  const { headline, totals, domains } = measured.measurement.energy;
  const { measure } = experiment;
  const headlineIds = headlineDevices(meters, devices !== 'none').map((device) => device.id);
  return {
    ...measured,
    workload,
    search,
    dataset: dataset?.facts ?? null,
    model: artifacts.model,
    engineVersion: engine?.version ?? null,
    engineDifferences: engine?.differences ?? [],
    headline: headline ? totals[headline] : null,
    powerLimitsW: Object.fromEntries(
      meters.flatMap((meter) =>
        meter.devices.flatMap(({ id, gpu }) => {
          const watts = gpu?.powerLimitW.enforced ?? null;
          return watts === null ? [] : [[id, watts]];
        }),
      ),
    ),
    headlineDomains: domains.filter((domain) => headlineIds.includes(domain.id)),
    missedTickShare: worstMissedShare(measured.measurement.harness.sampler, headlineIds),
    logicalCpus: session.host.logicalCpus,
    askedOptions: Object.keys(experiment.asked[experiment.backend] ?? {}),
    leftOut: leftOutBy(measure, measured.attached),
  };
}

/** What could have been measured and the study leaves out. */
function leftOutBy(
  { idle_bare_s: bareS, settle_s: settleS, idle_loaded_s: loadedS, warmup }: Experiment['measure'],
  attached: Measured['attached'],
): string[] {
  const isBilled = attached?.isBilled ?? true;
  return [
    ...(bareS === 0 && attached === null ? ['idle_bare_s'] : []),
    ...(settleS === 0 && isBilled ? ['settle_s'] : []),
    ...(loadedS === 0 && isBilled ? ['idle_loaded_s'] : []),
    ...(warmup.max_s === 0 ? ['warmup.max_s'] : []),
  ];
}

/** Why figures are null, by their path in the record. */
function reasonsOf({
  measurement,
  measured,
  failure,
  search,
  meters,
  engine,
  devices,
  workload,
  isAttached,
}: RunResult): Record<string, string> {
  const reasons: Record<string, string> = {};
  if (!measurement) {
    const nothing = failure === null && search !== null;
    reasons['measurement'] = nothing
      ? 'no load of the search held the SLO, not even the lowest'
      : `the run did not get to the end of its window: ${failure?.class ?? 'unknown'}`;
    return reasons;
  }
  const { energy, latency, tokens } = measurement;
  const because = (path: string, value: unknown, reason: string) => {
    if (value === null) reasons[`measurement.${path}`] = reason;
  };
  const noHeadline =
    devices === null
      ? `${MAY_BE_ELSEWHERE}; \`devices\` says that it does not`
      : devices === 'none'
        ? 'no meter covers the processor'
        : 'GPUs are used and no meter covers them';
  for (const scope of SCOPES) {
    const metered = meters.some((meter) => meter.devices.some((device) => device.scope === scope));
    const total = energy.totals[scope];
    because(
      `energy.totals.${scope}`,
      total,
      metered ? 'a domain of this scope has no figure' : devices === null ? noHeadline : 'no meter covers it',
    );
    if (total) {
      because(`energy.totals.${scope}.adjustedJ`, total.adjustedJ, NO_LOADED_IDLE);
      because(`energy.totals.${scope}.adjustedEdgeJ`, total.adjustedEdgeJ, noIdleError(total.adjustedJ));
      for (const figure of ['joulesPerOutputToken', 'joulesPerToken', 'joulesPerRequest'] as const)
        because(`energy.totals.${scope}.${figure}`, total[figure], 'nothing was counted in the window');
    }
  }
  for (const [index, domain] of energy.domains.entries()) {
    const path = `energy.domains.${index}`;
    because(`${path}.joules`, domain.joules, domain.reason ?? 'unknown');
    because(
      `${path}.adjustedJ`,
      domain.adjustedJ,
      domain.joules === null ? (domain.reason ?? 'unknown') : NO_LOADED_IDLE,
    );
    const unadjusted = domain.joules === null ? (domain.reason ?? 'unknown') : noIdleError(domain.adjustedJ);
    because(`${path}.adjustedEdgeJ`, domain.adjustedEdgeJ, unadjusted);
    const noSource = domain.reason ?? 'the device has no such channel';
    because(`${path}.counter`, domain.counter, noSource);
    because(`${path}.integral`, domain.integral, noSource);
    because(
      `${path}.divergence`,
      domain.divergence,
      'there is no counter or no power beside it, or power is 0',
    );
    const { bare, loaded } = domain.idle;
    because(
      `${path}.idle.bare`,
      bare,
      isAttached ? NO_BARE_IDLE : 'bare idle was left out, or had no readings on both sides',
    );
    because(`${path}.idle.loaded`, loaded, NO_LOADED_IDLE);
    if (bare) because(`${path}.idle.bare.sdW`, bare.sdW, TOO_SHORT);
    if (loaded) because(`${path}.idle.loaded.sdW`, loaded.sdW, TOO_SHORT);
    because(
      `${path}.maxPowerW`,
      domain.maxPowerW,
      domain.reason ?? 'no readings on both sides of any part of the window',
    );
  }
  because('energy.headline', energy.headline, noHeadline);
  const noEnergy =
    energy.headline === null ? noHeadline : 'the headline scope has no figure, or nothing was counted';
  for (const figure of ['joulesPerOutputToken', 'joulesPerToken', 'joulesPerRequest'] as const) {
    because(`energy.${figure}`, energy[figure], noEnergy);
  }
  because(
    'energy.wholeRun.joules',
    energy.wholeRun.joules,
    energy.headline === null ? noHeadline : 'no readings on both sides of the load',
  );
  because(
    'energy.wholeRun.joulesPerOutputToken',
    energy.wholeRun.joulesPerOutputToken,
    energy.wholeRun.joules === null ? 'the energy of the load is not known' : 'no token arrived',
  );
  const { fromIntended, ...fromSend } = latency;
  const latencies = [
    ...Object.entries(fromSend),
    ...Object.entries(fromIntended).map(([name, stats]) => [`fromIntended.${name}`, stats] as const),
  ];
  for (const [name, stats] of latencies)
    because(`latency.${name}`, stats, 'no request sent inside the window had enough tokens');
  for (const name of ['goodputPerS', 'sloAttainment'] as const) {
    const reason = workload.slo
      ? 'no request was sent inside the window, or none was followed to its end'
      : 'the workload has no slo';
    because(`throughput.${name}`, measurement.throughput[name], reason);
  }
  const { server } = measurement;
  if (server === null) {
    const reason = measured?.tellsMetrics
      ? 'the engine did not answer with its metrics'
      : 'the engine tells none';
    because('server', server, reason);
  } else {
    for (const [name, value] of Object.entries(server))
      because(`server.${name}`, value, measured?.serverReasons[name] ?? 'the engine does not tell');
  }
  const { temperatureC } = measurement.window.gap;
  because(
    'window.gap.temperatureC',
    temperatureC,
    'the pause did not wait for a temperature, or none was told',
  );
  for (const [path, reason] of Object.entries(measured?.deviceReasons ?? {}))
    reasons[`measurement.${path}`] = reason;
  because('load.concurrency', measurement.load.concurrency, 'an open loop has none');
  because(
    'load.ratePerS',
    measurement.load.ratePerS,
    workload.arrival ? 'a recorded trace has none' : 'a closed loop has none',
  );
  because(
    'harness.foreignCpu',
    measurement.harness.foreignCpu,
    'the system does not tell, or the runner does not tell which processes the engine has',
  );
  because(
    'harness.neighbours',
    measurement.harness.neighbours,
    'on this system studies do not know of each other',
  );
  because('harness.arrivalClock', measurement.harness.arrivalClock, 'nothing arrived');
  because(
    'harness.sampler.latenessMs',
    measurement.harness.sampler.latenessMs,
    'no power or energy was read inside the window',
  );
  because(
    'harness.loadThreadUtilization',
    measurement.harness.loadThreadUtilization,
    'the load threads did not tell',
  );
  because('tokens.inputCached', tokens.inputCached, 'the engine does not tell');
  because(
    'tokens.mismatch',
    tokens.mismatch,
    'the engine tells no usage, or may send several tokens in one chunk',
  );
  because(
    'tokens.counter',
    tokens.counter,
    'the engine counts no tokens in its metrics, or they were read too seldom inside the window',
  );
  if (search?.above === null) reasons['search.above'] = 'every load that was tried held';
  if (engine?.kvCacheTokens === null) reasons['engine.kvCacheTokens'] = 'the engine does not tell';
  if (isAttached)
    reasons['engine.model.revision'] = 'the server has loaded it, and does not tell which it is';
  if (engine?.version === null) reasons['engine.version'] = 'the engine does not tell its version';
  return reasons;
}

const NO_BARE_IDLE = 'the server ran already: power without it is not to be known';
const TOO_SHORT = 'the idle was too short for two parts that could be told';
const noIdleError = (adjustedJ: number | null) => (adjustedJ === null ? NO_LOADED_IDLE : TOO_SHORT);
const NO_LOADED_IDLE = 'loaded idle was left out, or had no readings on both sides';
