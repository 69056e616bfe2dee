/** The checks of everything that a plan uses, all reported together; no engine is started. */
import {
  failed,
  warning,
  type Artifacts,
  type DatasetFacts,
  type Experiment,
  type Finding,
} from '@llem/core';
import { unknownGpus } from '../devices/selection.js';
import { surveyForPlan, type NamedFinding } from '../energy/meters.js';
import { unbilledServers, unmetRequirement } from '../energy/requirement.js';
import { withoutThermometer } from '../energy/temperature.js';
import type { HarnessRequest, PreflightReport } from '../request.js';
import { prepareAudibly } from '../run/dataset.js';
import { reasonOf } from '../run/guard.js';
import { prepareModel } from '../run/model.js';
import { billedElsewhere, severalSettings } from './attached.js';
import { asFinding, bringWhatIsNeeded, checkParts, runnersOf, tryParts } from './parts.js';
import { missingRecords } from '../verdict/dataset-checks.js';

/**
 * Never rejects but for an interruption: what is wrong is a finding. Models and data sets are fetched or made on the way, and once
 * nothing is wrong images as well.
 */
export async function preflight(request: HarnessRequest): Promise<PreflightReport> {
  const { plan, plugins, signal, emit } = request;
  const artifacts = new Map<string, Artifacts>();
  const datasets = new Map<string, DatasetFacts>();
  const survey = await surveyForPlan(request);
  const interruption = untilInterrupted(signal);
  const uses = await Promise.race([runnersOf(request), interruption]);
  const findings: NamedFinding[] = [
    ...(await checkParts(request, uses, survey.usable)),
    ...severalSettings(uses),
    ...(await Promise.race([billedElsewhere(uses), interruption])),
    ...survey.findings,
    ...unmetRequirement(plan, plugins, survey.usable),
    ...unbilledServers(plan, plugins),
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
      const { artifacts: made, without } = await prepareModel(plugins, experiment, signal);
      artifacts.set(experiment.id, made);
      return without && warning(without.message, without.remedy);
    })),
    ...(await prepareEach(request, 'dataset', async (experiment) => {
      const model = artifacts.get(experiment.id)?.model;
      // Without a model there is a complaint already.
      if (!model) return null;
      const { workload } = experiment;
      const asked = { seed: workload.seed, workload, model };
      datasets.set(experiment.id, await prepareAudibly(plugins.dataset(experiment), asked, signal, emit));
      return null;
    })),
    ...incomplete(datasets),
  );
  const isFine = () => findings.every(({ status }) => status !== 'failed');
  // Nobody waits for an image, of many GB, to be told then what was known before.
  if (isFine()) findings.push(...(await bringWhatIsNeeded(request, uses, survey.usable, artifacts)));
  if (isFine()) findings.push(...(await tryParts(request, uses, survey.usable, artifacts)));
  emit({ type: 'preflight', findings });
  return { ok: isFine(), findings, artifacts, datasets };
}

/** Data sets of which more than a little is not used; the same is told once. */
function incomplete(datasets: ReadonlyMap<string, DatasetFacts>): NamedFinding[] {
  const found = [...datasets.values()].flatMap(({ records }) => {
    const missing = records && missingRecords(records);
    return missing ? [{ id: 'workload.dataset', ...warning(missing.message, missing.remedy) }] : [];
  });
  return [...new Map(found.map((finding) => [finding.message, finding])).values()];
}

/** Whatever a plugin waits for, a person is not kept waiting with it. Rejects with the signal's reason, else never settles. */
function untilInterrupted(signal: AbortSignal): Promise<never> {
  const interruption = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(reasonOf(signal)), { once: true });
    if (signal.aborted) reject(reasonOf(signal));
  });
  interruption.catch(() => undefined);
  return interruption;
}

/** Prepares a part of every experiment, of which there may be something to say all the same; the same is told once. */
async function prepareEach(
  { plan, signal }: HarnessRequest,
  part: 'model' | 'dataset',
  prepare: (experiment: Experiment) => Promise<Finding | null>,
): Promise<NamedFinding[]> {
  const complaints = new Map<string, NamedFinding>();
  const interruption = untilInterrupted(signal);
  for (const experiment of plan.experiments) {
    signal.throwIfAborted();
    const finding = await Promise.race([prepare(experiment), interruption]).catch((error: unknown) => {
      signal.throwIfAborted();
      return asFinding(error);
    });
    const id = part === 'model' ? `${experiment.backend}.model` : 'workload.dataset';
    if (finding) complaints.set(finding.message, { id, ...finding });
  }
  return [...complaints.values()];
}
