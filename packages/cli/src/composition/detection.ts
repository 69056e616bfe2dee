/** Looks at this machine for what decides about runners that nobody names. */
import { isJsonObject, isLlemError, runCheck, type Backend, type Experiment, type Plan } from '@llem/core';
import type { Plugins } from '@llem/harness';
import {
  detectRunners,
  isRunnerNamed,
  wantsDocker,
  type DetectedRunner,
  type FoundDocker,
  type FoundEngine,
  type NamingLayers,
} from '@llem/study';
import type { PluginModules } from '../plugins/modules.js';

/** Longest that one look at Docker may take, in milliseconds, whatever it says itself: somebody waits for a plan. */
const DOCKER_LIMIT_MS = 10_000;

/** Whether there is an engine to be used. What else the runner looks at is no reason against it. */
const ENGINE_CHECK = 'docker.engine';

export const NOTHING_DETECTED: ReadonlyMap<string, DetectedRunner> = new Map();

interface Place {
  readonly modules: PluginModules;
  readonly backend: (experiment: Experiment) => Pick<Backend, 'computesOn' | 'image' | 'isInstalled'>;
  readonly runner: Plugins['runner'];
}

/**
 * The runners of engines for GPUs that nobody names one for, by backend. A configuration that names any, even the default, says
 * that its author decides. Where everything is named nothing is looked at.
 */
export async function detectedRunners(
  plan: Pick<Plan, 'experiments'>,
  layers: NamingLayers,
  place: Place,
): Promise<ReadonlyMap<string, DetectedRunner>> {
  if (Object.keys(layers.config.runners).length > 0) return NOTHING_DETECTED;
  const unnamed = plan.experiments.filter((experiment) => !isRunnerNamed(experiment, layers));
  const backends = new Set(unnamed.map(({ backend }) => backend));
  const found = await Promise.all(
    [...backends].map((id) =>
      engineOf(
        unnamed.filter(({ backend }) => backend === id),
        place,
      ),
    ),
  );
  const engines = found.filter((engine) => engine !== null);
  return detectRunners(engines, wantsDocker(engines) ? await lookAtDocker(place) : null);
}

/** Null for an engine for processors. The first of its experiments speaks for all: what differs is named, and decides by itself. */
async function engineOf(experiments: readonly Experiment[], place: Place): Promise<FoundEngine | null> {
  const [first] = experiments;
  if (first === undefined) return null;
  const backend = place.backend(first);
  if (backend.computesOn !== 'gpu') return null;
  return {
    backend: first.backend,
    isInstalled: (await backend.isInstalled?.()) ?? true,
    isNamed: experiments.some(namesProgram),
    hasImage: (backend.image?.(first) ?? null) !== null,
  };
}

/** By the option that names the program of every backend that has one. */
function namesProgram({ backend, asked }: Experiment): boolean {
  const section = asked[backend];
  return isJsonObject(section) && Object.hasOwn(section, 'executable');
}

async function lookAtDocker({ modules, runner }: Place): Promise<FoundDocker> {
  try {
    await modules.load('runner', 'docker');
    const checks = runner({ type: 'docker', options: {}, why: 'detection', from: 'detection' }).checks([]);
    const findings = await Promise.all(
      checks
        .filter(({ id }) => id === ENGINE_CHECK)
        .map((check) =>
          runCheck({ id: check.id, title: check.title, run: (signal) => check.run(signal) }, DOCKER_LIMIT_MS),
        ),
    );
    const failed = findings.find(({ status }) => status === 'failed');
    return failed ? { works: false, why: `${failed.message} ${failed.remedy}` } : { works: true };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { works: false, why: isLlemError(error) ? `${why} ${error.remedy}` : why };
  }
}
