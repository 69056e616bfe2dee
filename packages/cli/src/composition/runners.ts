/** The runners that a plan uses: found to be usable, and each made once. */
import { issueText, llemError, type Experiment, type Plan } from '@llem/core';
import type { Plugins } from '@llem/harness';
import {
  canonical,
  resolveReferences,
  valueOf,
  variablesIn,
  type Environment,
  type ResolvedRunner,
} from '@llem/study';
import type { PluginModules } from '../plugins/modules.js';
import { fromPlace } from '../plugins/place.js';

/** Throws LLEM_E_PLUGIN_MISSING or LLEM_E_PLUGIN_BROKEN for a `--runner` of a backend that is not here: it would be passed over. */
export function refuseUnknown(flags: Readonly<Record<string, string>>, modules: PluginModules): void {
  for (const [backend, runner] of Object.entries(flags)) {
    try {
      modules.find('backend', backend);
    } catch (error) {
      throw fromPlace(`--runner ${backend}=${runner}`, error);
    }
  }
}

export interface BackendRunner {
  readonly backend: string;
  readonly runner: ResolvedRunner;
}

/** The runners of the plan: each backend's, and those that experiments name. */
export function distinctRunners(
  plan: Plan,
  resolve: (experiment: Experiment) => ResolvedRunner,
): BackendRunner[] {
  const found = new Map<string, BackendRunner>();
  for (const experiment of plan.experiments) {
    const { backend, runner } = experiment;
    const named = `${backend} ${JSON.stringify(runner)}`;
    if (!found.has(named)) found.set(named, { backend, runner: resolve(experiment) });
  }
  return [...found.values()];
}

/** Throws LLEM_E_USAGE for variables that are not set: those of the study itself have been looked for where they stand. */
export function refuseUnset(runners: readonly BackendRunner[], environment: Environment): void {
  for (const { backend, runner } of runners) {
    const unset = variablesIn(runner.options).filter((name) => valueOf(name, environment) === undefined);
    if (unset.length === 0) continue;
    throw llemError(
      'LLEM_E_USAGE',
      `The runner for ${backend}, from ${runner.from}, names environment variables that are not set: ${unset.join(', ')}.`,
      { remedy: 'Set them, or write their values out.' },
    );
  }
}

/** Imports the runners; one that is missing or has wrong options is told with where it was named. */
export async function loadRunners(
  runners: readonly BackendRunner[],
  modules: PluginModules,
  environment: Environment,
): Promise<void> {
  for (const { type, options, from } of runners.map(({ runner }) => runner)) {
    const loaded = await modules.load('runner', type).catch((error: unknown) => {
      throw fromPlace(from, error);
    });
    const parsed = loaded.options.parse(resolveReferences(options, environment));
    if (parsed.ok) continue;
    throw llemError('LLEM_E_USAGE', `${from}: ${issueText(parsed.issues, [type])}.`, {
      remedy: `Correct it; \`llem catalog ${type}\` shows its options.`,
    });
  }
}

/** One instance for each type and options: it may hold a connection, and what it has found out already. */
export function keptRunners(modules: PluginModules, environment: Environment): Plugins['runner'] {
  const made = new Map<string, ReturnType<Plugins['runner']>>();
  return ({ type, options }) => {
    const key = canonical([type, options]);
    const runner = made.get(key) ?? modules.create('runner', type, resolveReferences(options, environment));
    made.set(key, runner);
    return runner;
  };
}

type Parts = Pick<Plugins, 'backend' | 'resolveRunner' | 'runner'>;

/** What the container of an experiment is made from, as it is written; null where it has no container, or nobody names an image. */
export function imageOf(experiment: Experiment, { backend, resolveRunner, runner }: Parts): string | null {
  const resolved = resolveRunner(experiment);
  if (runner(resolved).place !== 'container') return null;
  const { image } = resolved.options;
  return typeof image === 'string' ? image : (backend(experiment).image?.(experiment) ?? null);
}

/** Throws LLEM_E_USAGE for a container that nobody names an image for. */
export function refuseWithoutImage(plan: Plan, parts: Parts): void {
  for (const experiment of plan.experiments) {
    const runner = parts.resolveRunner(experiment);
    if (parts.runner(runner).place !== 'container' || imageOf(experiment, parts) !== null) continue;
    const { backend } = experiment;
    throw llemError(
      'LLEM_E_USAGE',
      `The runner for ${backend}, from ${runner.from}, is ${runner.type} without an image, and ${backend} has none of its own.`,
      {
        remedy: `Name one: ${runner.type === 'docker' ? 'docker:<image>' : `{ type: ${runner.type}, image: <image> }`}.`,
      },
    );
  }
}
