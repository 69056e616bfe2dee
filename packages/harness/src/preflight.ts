/** The checks of everything that a plan uses, all reported together; no engine is started. */
import {
  failed,
  isLlemError,
  runCheck,
  warning,
  type Artifacts,
  type Check,
  type DatasetFacts,
  type Experiment,
} from '@llem/core';
import { unknownGpus } from './devices/selection.js';
import { CHECK_LIMIT_MS, surveyMeters, type NamedFinding } from './energy/meters.js';
import { unmetRequirement } from './energy/requirement.js';
import { withoutThermometer } from './energy/temperature.js';
import type { HarnessRequest, PreflightReport } from './request.js';
import { prepareAudibly } from './run/dataset.js';
import { missingRecords } from './verdict/dataset-checks.js';

/** Never rejects but for an interruption: what is wrong is a finding. Models and data sets are fetched or made on the way. */
export async function preflight(request: HarnessRequest): Promise<PreflightReport> {
  const { plan, plugins, signal, emit } = request;
  const artifacts = new Map<string, Artifacts>();
  const datasets = new Map<string, DatasetFacts>();
  const survey = await surveyMeters(plugins.meters, plan.energy, plugins.context, signal);
  const findings: NamedFinding[] = [
    ...(await checkParts(request)),
    ...survey.findings,
    ...unmetRequirement(plan, plugins, survey.usable),
    ...unknownGpus(plan, plugins, survey.usable),
    ...withoutThermometer(plan, plugins, survey.usable),
  ];
  if (plan.experiments.length === 0) {
    const reasons = plan.skipped.flatMap(({ label, violations }) =>
      violations.map(({ path, message }) => `${label}: ${path}: ${message}`),
    );
    const [first = 'the study has none'] = reasons;
    const more = reasons.length > 1 ? ` (and ${reasons.length - 1} more)` : '';
    findings.push({
      id: 'plan.experiments',
      ...failed(
        `No experiment can run. ${first}${more}`,
        'Correct these settings; `llem plan` shows every reason.',
      ),
    });
  }
  findings.push(
    ...(await prepareEach(request, 'model', async (experiment) => {
      artifacts.set(experiment.id, await plugins.backend(experiment).prepare(experiment, signal));
    })),
    ...(await prepareEach(request, 'dataset', async (experiment) => {
      const model = artifacts.get(experiment.id)?.model;
      // Without a model there is a complaint already.
      if (!model) return;
      const { workload } = experiment;
      const asked = { seed: workload.seed, workload, model };
      datasets.set(experiment.id, await prepareAudibly(plugins.dataset(experiment), asked, signal, emit));
    })),
    ...incomplete(datasets),
  );
  emit({ type: 'preflight', findings });
  return { ok: findings.every((finding) => finding.status !== 'failed'), findings, artifacts, datasets };
}

/** Data sets of which more than a little is not used; the same is told once. */
function incomplete(datasets: ReadonlyMap<string, DatasetFacts>): NamedFinding[] {
  const found = [...datasets.values()].flatMap(({ records }) => {
    const missing = records && missingRecords(records);
    return missing ? [{ id: 'workload.dataset', ...warning(missing.message, missing.remedy) }] : [];
  });
  return [...new Map(found.map((finding) => [finding.message, finding])).values()];
}

/** The checks of every backend and runner in use, with each of the options they are used with; a finding is told once. */
async function checkParts({ plan, plugins, signal }: HarnessRequest): Promise<NamedFinding[]> {
  const checks = new Map<string, Check>();
  for (const experiment of plan.experiments) {
    const runner = plugins.resolveRunner(experiment);
    const host = plugins.runner(runner);
    const parts = [
      [[experiment.backend, experiment.options, host.place], plugins.backend(experiment).checks(host.place)],
      [[runner.type, runner.options], host.checks()],
    ] as const;
    for (const [key, found] of parts) {
      for (const check of found) checks.set(`${check.id} ${JSON.stringify(key)}`, check);
    }
  }
  const found = await Promise.all(
    [...checks.values()].map(async (check) => ({
      id: check.id,
      ...(await runCheck(check, CHECK_LIMIT_MS, signal)),
    })),
  );
  return [...new Map(found.map((finding) => [`${finding.id} ${finding.message}`, finding])).values()];
}

/** Prepares a part of every experiment; the same complaint is told once. */
async function prepareEach(
  { plan, signal }: HarnessRequest,
  part: 'model' | 'dataset',
  prepare: (experiment: Experiment) => Promise<void>,
): Promise<NamedFinding[]> {
  const complaints = new Map<string, NamedFinding>();
  // Whatever a plugin waits for, a person is not kept waiting with it.
  const interruption = new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  for (const experiment of plan.experiments) {
    signal.throwIfAborted();
    try {
      await Promise.race([prepare(experiment), interruption]);
    } catch (error) {
      signal.throwIfAborted();
      const message = error instanceof Error ? error.message : String(error);
      const remedy = isLlemError(error) ? error.remedy : 'Run again with --debug and report it.';
      const id = part === 'model' ? `${experiment.backend}.model` : 'workload.dataset';
      complaints.set(message, { id, status: 'failed', message, remedy });
    }
  }
  return [...complaints.values()];
}
