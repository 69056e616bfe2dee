/** Gives a backend an experiment as it is at use, with the values of environment variables, which nobody else sees. */
import { isJsonObject, type Backend, type Experiment } from '@llem/core';
import { resolveReferences, resolveText, type Environment } from '@llem/study';

/**
 * The backend, bound to an experiment. Whatever it is asked about that experiment, it is given its model and options with
 * the values of the variables that they name. Throws LLEM_E_USAGE for a variable that is not set.
 */
export function backendAtUse<B extends Partial<Backend>>(
  backend: B,
  experiment: Pick<Experiment, 'id' | 'model' | 'options'>,
  environment: Environment,
): B {
  const used = {
    model: resolveText(experiment.model, environment),
    options: resolveReferences(experiment.options, environment),
  };
  const atUse = (argument: unknown) =>
    isJsonObject(argument) && argument['id'] === experiment.id ? { ...argument, ...used } : argument;
  // Not method by method: one that a later contract adds is given the same.
  return new Proxy(backend, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== 'function') return value;
      return (...args: readonly unknown[]): unknown => Reflect.apply(value, target, args.map(atUse));
    },
  });
}
