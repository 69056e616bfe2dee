/** The checks of everything that a plan uses, all reported together; no engine is started. */
import { failed, isLlemError, runCheck, type Artifacts, type Check } from '@llem/core';
import { CHECK_LIMIT_MS, surveyMeters, type NamedFinding } from './energy/meters.js';
import { unmetRequirement } from './energy/requirement.js';
import type { HarnessRequest, PreflightReport } from './request.js';

/** Never rejects but for an interruption: what is wrong is a finding. Models are fetched or generated on the way. */
export async function preflight(request: HarnessRequest): Promise<PreflightReport> {
  const { plan, plugins, signal, emit } = request;
  const artifacts = new Map<string, Artifacts>();
  const survey = await surveyMeters(plugins.meters, plan.energy, plugins.context, signal);
  const findings: NamedFinding[] = [
    ...(await checkParts(request)),
    ...survey.findings,
    ...unmetRequirement(plan, plugins, survey.usable),
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
  findings.push(...(await prepareModels(request, artifacts)));
  emit({ type: 'preflight', findings });
  return { ok: findings.every((finding) => finding.status !== 'failed'), findings, artifacts };
}

/** The checks of every backend and runner in use, with each of the options they are used with; a finding is told once. */
async function checkParts({ plan, plugins, signal }: HarnessRequest): Promise<NamedFinding[]> {
  const checks = new Map<string, Check>();
  for (const experiment of plan.experiments) {
    const runner = plugins.resolveRunner(experiment);
    const parts = [
      [JSON.stringify([experiment.backend, experiment.options]), plugins.backend(experiment)],
      [JSON.stringify([runner.type, runner.options]), plugins.runner(runner)],
    ] as const;
    for (const [key, part] of parts) {
      for (const check of part.checks()) checks.set(`${check.id} ${key}`, check);
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

/** Prepares every experiment's model; the same complaint is told once. */
async function prepareModels(
  { plan, plugins, signal }: HarnessRequest,
  artifacts: Map<string, Artifacts>,
): Promise<NamedFinding[]> {
  const complaints = new Map<string, NamedFinding>();
  for (const experiment of plan.experiments) {
    try {
      artifacts.set(experiment.id, await plugins.backend(experiment).prepare(experiment, signal));
    } catch (error) {
      signal.throwIfAborted();
      const message = error instanceof Error ? error.message : String(error);
      const remedy = isLlemError(error) ? error.remedy : 'Run again with --debug and report it.';
      complaints.set(message, { id: `${experiment.backend}.model`, status: 'failed', message, remedy });
    }
  }
  return [...complaints.values()];
}
