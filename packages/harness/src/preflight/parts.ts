/** What the backends and runners of a plan say about this machine, and what runners bring before anything is measured. */
import {
  failed,
  isLlemError,
  runCheck,
  type Artifacts,
  type Check,
  type DatasetFacts,
  type Experiment,
  type Finding,
  type Runner,
  type ServiceSpec,
  type ServiceTarget,
} from '@llem/core';
import type { ResolvedRunner } from '@llem/study';
import { chooseGpus, devicesOf } from '../devices/selection.js';
import { CHECK_LIMIT_MS, type NamedFinding, type UsableMeter } from '../energy/meters.js';
import type { HarnessRequest } from '../request.js';

/** A runner in use, with the experiments that it has. */
export interface RunnerUse {
  readonly resolved: ResolvedRunner;
  readonly runner: Runner;
  /** Null where it cannot say, which its checks will tell. */
  readonly target: ServiceTarget | null;
  readonly experiments: readonly Experiment[];
}

/** Every runner of the plan once, with the options that it is used with. */
export async function runnersOf({ plan, plugins }: HarnessRequest): Promise<RunnerUse[]> {
  const uses = new Map<string, { resolved: ResolvedRunner; experiments: Experiment[] }>();
  for (const experiment of plan.experiments) {
    const resolved = plugins.resolveRunner(experiment);
    const key = JSON.stringify([resolved.type, resolved.options]);
    const use = uses.get(key) ?? { resolved, experiments: [] };
    use.experiments.push(experiment);
    uses.set(key, use);
  }
  return Promise.all(
    [...uses.values()].map(async ({ resolved, experiments }) => {
      const runner = plugins.runner(resolved);
      return { resolved, runner, experiments, target: await runner.target().catch(() => null) };
    }),
  );
}

/** The checks of every backend and runner in use, with each of the options they are used with; a finding is told once. */
export async function checkParts(
  request: HarnessRequest,
  uses: readonly RunnerUse[],
  meters: readonly UsableMeter[],
): Promise<NamedFinding[]> {
  const checks = new Map<string, Check>();
  const add = (key: unknown, found: readonly Check[]) => {
    // Not by its id alone: there may be one for each of several things, as for each image.
    found.forEach((check, index) => checks.set(JSON.stringify([check.id, index, key]), check));
  };
  for (const use of uses) {
    const { runner, resolved, experiments } = use;
    for (const experiment of experiments) {
      const { backend: id, options } = experiment;
      const { hindrance } = request.plugins.resolveRunner(experiment);
      const own = request.plugins.backend(experiment).checks(runner.place);
      add(
        [id, options, runner.place],
        own.map((check) => withHindrance(check, hindrance)),
      );
    }
    add(
      [resolved.type, resolved.options],
      runner.checks(specsOf(request, use, meters, null), modelsOf(request, use)),
    );
  }
  return findingsOf([...checks.values()], request.signal);
}

/** Of an engine that is not here it is also told what kept it from running elsewhere. */
function withHindrance(check: Check, hindrance: string | undefined): Check {
  if (hindrance === undefined) return check;
  const { id, title, limitMs } = check;
  return {
    id,
    title,
    ...(limitMs === undefined ? {} : { limitMs }),
    async run(signal) {
      const finding = await check.run(signal);
      return finding.absent === true ? { ...finding, remedy: `${finding.remedy} ${hindrance}` } : finding;
    },
  };
}

/** What runners have to bring first: images. Stops at the first that cannot be brought, of each runner. */
export async function bringWhatIsNeeded(
  request: HarnessRequest,
  uses: readonly RunnerUse[],
  meters: readonly UsableMeter[],
  artifacts: ReadonlyMap<string, Artifacts>,
): Promise<NamedFinding[]> {
  const { signal, emit } = request;
  const tell = (progress: string) => emit({ type: 'notice', level: 'info', message: `${progress}.` });
  const findings: NamedFinding[] = [];
  for (const use of uses) {
    try {
      for (const spec of specsOf(request, use, meters, artifacts))
        await use.runner.prepare?.(spec, signal, tell);
    } catch (error) {
      signal.throwIfAborted();
      findings.push({ id: `${use.resolved.type}.prepare`, ...asFinding(error) });
    }
  }
  return findings;
}

/** The checks that need what was brought. */
export async function tryParts(
  request: HarnessRequest,
  uses: readonly RunnerUse[],
  meters: readonly UsableMeter[],
  artifacts: ReadonlyMap<string, Artifacts>,
): Promise<NamedFinding[]> {
  const trials = uses.flatMap((use) => use.runner.trials?.(specsOf(request, use, meters, artifacts)) ?? []);
  return findingsOf(trials, request.signal);
}

/**
 * How the services of a runner will be started, each way once. Without artifacts as if no model were on this disk: what a runner needs for
 * the rest can be looked at all the same.
 */
function specsOf(
  { plugins }: HarnessRequest,
  { target, experiments }: RunnerUse,
  meters: readonly UsableMeter[],
  artifacts: ReadonlyMap<string, Artifacts> | null,
): ServiceSpec[] {
  if (target === null) return [];
  const specs = experiments.flatMap((experiment) => {
    const model = artifacts === null ? NO_MODEL : artifacts.get(experiment.id);
    // What is missing has been told.
    if (model === undefined) return [];
    const backend = plugins.backend(experiment);
    const { visible } = chooseGpus(meters, devicesOf(experiment, plugins));
    try {
      return [backend.service(experiment, model, target, visible)];
    } catch {
      // A run will tell what it is; a look at the rest is not worth an end.
      return [];
    }
  });
  return [...new Map(specs.map((spec) => [JSON.stringify(spec), spec])).values()];
}

/** The names that requests to the services of a runner will ask for. */
function modelsOf({ plugins }: HarnessRequest, { experiments }: RunnerUse): string[] {
  const names = experiments.flatMap((experiment) => {
    try {
      const { model } = plugins.backend(experiment).dialect(experiment, NO_MODEL, NO_DATASET).body;
      return typeof model === 'string' ? [model] : [];
    } catch {
      return [];
    }
  });
  return [...new Set(names)];
}

const NO_DATASET: DatasetFacts = {
  revision: null,
  hash: null,
  prompts: null,
  sharedPrefix: false,
  repeats: false,
  records: null,
};

const NO_MODEL: Artifacts = {
  modelRef: '',
  model: {
    name: '',
    revision: null,
    weightsHash: null,
    tokenizerRevision: null,
    randomWeights: false,
    parameters: null,
    contextLength: null,
    promptTokenIds: null,
    tokenizerPath: null,
  },
};

async function findingsOf(checks: readonly Check[], signal: AbortSignal): Promise<NamedFinding[]> {
  const found = await Promise.all(
    checks.map(async (check) => ({ id: check.id, ...(await runCheck(check, CHECK_LIMIT_MS, signal)) })),
  );
  return [...new Map(found.map((finding) => [`${finding.id} ${finding.message}`, finding])).values()];
}

/** What was thrown, as a finding. */
export function asFinding(error: unknown): Finding {
  const message = error instanceof Error ? error.message : String(error);
  return failed(message, isLlemError(error) ? error.remedy : 'Run again with --debug and report it.');
}
