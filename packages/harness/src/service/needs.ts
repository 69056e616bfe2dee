/** What decides which service a run needs, and whether one that runs is that one. */
import { isDeepStrictEqual } from 'node:util';
import type { Artifacts, Backend, Experiment, ServiceSpec, VisibleGpus } from '@llem/core';
import type { ResolvedRunner } from '@llem/study';
import { chooseGpus, devicesOf } from '../devices/selection.js';
import type { Session } from '../run/session.js';

export interface ServiceNeeds {
  readonly experiment: Experiment;
  readonly backend: Backend;
  readonly runner: ResolvedRunner;
  /** What the engine is to see: the GPUs that are billed. */
  readonly gpus: VisibleGpus;
  readonly artifacts: Artifacts;
}

export function needsOf(session: Session, experiment: Experiment, artifacts: Artifacts): ServiceNeeds {
  const { plugins } = session.request;
  const backend = plugins.backend(experiment);
  return {
    experiment,
    backend,
    runner: plugins.resolveRunner(experiment),
    gpus: chooseGpus(session.meters, devicesOf(experiment, plugins)).visible,
    artifacts,
  };
}

/**
 * Whether a service that runs is the one that is needed: of the same backend and runner, with the same model and GPUs, and
 * started in exactly the same way. Settings that the backend does not start its engine with make no difference.
 */
export function isServedBy(
  running: { readonly needs: ServiceNeeds; readonly spec: ServiceSpec },
  needs: ServiceNeeds,
): boolean {
  if (!isDeepStrictEqual(startedFrom(running.needs), startedFrom(needs))) return false;
  const { backend, experiment, artifacts, gpus } = needs;
  const spec = backend.service(experiment, artifacts, running.spec.target, gpus);
  return isDeepStrictEqual(spec, running.spec);
}

const startedFrom = ({ experiment, runner, artifacts, gpus }: ServiceNeeds) => ({
  backend: experiment.backend,
  runner: { type: runner.type, options: runner.options },
  artifacts,
  gpus,
});
