/** Gives a backend experiments as they are at use, with the values of environment variables, which nobody else sees. */
import type { Backend, Experiment } from '@llem/core';
import { resolveReferences, resolveText, type Environment } from '@llem/study';

/**
 * The backend; it sees the model and the options of every experiment that it is asked about with the values of the variables
 * that they name. Its methods throw LLEM_E_USAGE for a variable that is not set.
 */
export function backendAtUse(backend: Backend, environment: Environment): Backend {
  const atUse = (experiment: Experiment): Experiment => ({
    ...experiment,
    model: resolveText(experiment.model, environment),
    options: resolveReferences(experiment.options, environment),
  });
  const { computesOn, serverMetrics } = backend;
  return {
    computesOn,
    ...(serverMetrics ? { serverMetrics } : {}),
    ...(backend.resetCache ? { resetCache: backend.resetCache.bind(backend) } : {}),
    ...(backend.localModel
      ? { localModel: (model: string) => backend.localModel?.(resolveText(model, environment)) ?? null }
      : {}),
    ...(backend.image ? { image: (experiment) => backend.image?.(atUse(experiment)) ?? null } : {}),
    ...(backend.isInstalled ? { isInstalled: backend.isInstalled.bind(backend) } : {}),
    constraints: (experiment, facts) => backend.constraints(atUse(experiment), facts),
    prepare: (experiment, signal) => backend.prepare(atUse(experiment), signal),
    service: (experiment, ...rest) => backend.service(atUse(experiment), ...rest),
    dialect: (experiment, ...rest) => backend.dialect(atUse(experiment), ...rest),
    describe: (endpoint, signal) => backend.describe(endpoint, signal),
    checks: (place) => backend.checks(place),
    diagnose: (exit, log) => backend.diagnose(exit, log),
  };
}
