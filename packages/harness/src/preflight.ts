/** The checks of everything that a plan uses, all reported together; no engine is started. */

import { isLlemError, type Artifacts, type Check, type Finding } from '@llem/core';
import { surveyMeters } from './energy/meters.js';
import type { HarnessRequest, PreflightReport } from './request.js';

type NamedFinding = Finding & { readonly id: string };

/** Never rejects but for an interruption: what is wrong is a finding. Models are fetched or generated on the way. */
export async function preflight(request: HarnessRequest): Promise<PreflightReport> {
  const { plan, plugins, signal, emit } = request;
  const artifacts = new Map<string, Artifacts>();
  const findings: NamedFinding[] = [
    ...(await runChecks(checksOf(request), signal)),
    ...(await surveyMeters(plugins.meters, plan.energy, plugins.context, signal)).findings,
  ];
  if (plan.experiments.length === 0) {
    findings.push({
      id: 'plan.experiments',
      status: 'failed',
      message: 'The plan has no experiment that could run.',
      remedy: 'Run `llem plan` to see why each was skipped.',
    });
  }
  findings.push(...(await prepareModels(request, artifacts)));
  emit({ type: 'preflight', findings });
  return { ok: findings.every((finding) => finding.status !== 'failed'), findings, artifacts };
}

/** The checks of every backend and runner in use, each once. */
function checksOf({ plan, plugins }: HarnessRequest): Check[] {
  const checks = new Map<string, Check>();
  for (const experiment of plan.experiments) {
    for (const check of plugins.backend(experiment).checks()) checks.set(check.id, check);
    for (const check of plugins.runner(plugins.resolveRunner(experiment)).checks())
      checks.set(check.id, check);
  }
  return [...checks.values()];
}

async function runChecks(checks: readonly Check[], signal: AbortSignal): Promise<NamedFinding[]> {
  return Promise.all(checks.map(async (check) => ({ id: check.id, ...(await check.run(signal)) })));
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
