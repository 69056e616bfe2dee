/** What the commands on a study need: the study, its plan, and the plugins it names, imported and ready. */
import {
  issueText,
  llemError,
  type Experiment,
  type JsonObject,
  type Plan,
  type PluginKind,
  type PluginRef,
} from '@llem/core';
import type { Plugins } from '@llem/harness';
import { hostFacts } from '@llem/harness/planning';
import {
  concealmentOf,
  doubtfulClasses,
  loadStudy,
  mentionsEnvironment,
  NO_CONFIGURATION,
  overrideStudy,
  planStudy,
  raisedText,
  resolveReferences,
  resolveRunner,
  studyDefaults,
  studyFromSettings,
  unknownBackends,
  unknownVariables,
  variablesIn,
  type Concealment,
  type Configuration,
  type Environment,
  type NamingLayers,
  type ReadBase,
  type Study,
  type StudyOverrides,
} from '@llem/study';
import { z } from 'zod';
import { backendAtUse } from '../environment/at-use.js';
import { concealedViolation, withConcealedErrors } from '../environment/concealed.js';
import type { PluginModules } from '../plugins/modules.js';
import { fromPlace } from '../plugins/place.js';
import { problemText, reasonText, toldOnce, withMentioned } from './catalog.js';
import { plannedDatasets } from './datasets.js';
import { detectedRunners, NOTHING_DETECTED } from './detection.js';
import {
  distinctRunners,
  keptRunners,
  loadRunners,
  refuseUnknown,
  refuseUnset,
  refuseWithoutImage,
} from './runners.js';
import { CONFIGURATION, CONTEXT, ENVIRONMENT, MODULES } from './root.js';
import { token, type Scope } from './scope.js';

export const STUDY = token<Study>('study');
export const PLAN = token<Plan>('plan');
export const PLUGINS = token<Plugins>('plugins');
/** Version of every plugin that the plan uses, by package name. */
export const PLUGIN_VERSIONS = token<Readonly<Record<string, string>>>('plugin-versions');
/** Of the environment variables that the study names, and the runners of its experiments. */
export const CONCEALMENT = token<Concealment>('concealment');

/** Where the settings come from: the text of a file, or flags. */
export type StudySource =
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly text: string;
      /** Reads what the file inherits from. */
      readonly readBase: ReadBase;
    }
  | { readonly kind: 'settings'; readonly settings: JsonObject };

export interface StudyRequest {
  readonly source: StudySource;
  readonly overrides: StudyOverrides;
  /** `--runner BACKEND=RUNNER`, by backend. */
  readonly runners: Readonly<Record<string, string>>;
  /** Leaves environment and configuration out, but for the values of variables: a resolved study has had them applied. */
  readonly isResolved?: boolean;
  /** The plan to be carried out, given the one that the settings make; without it, that one. */
  readonly revise?: (planned: Plan) => Plan;
  /** Told of a plugin that cannot be loaded; the others go on. */
  readonly warn: (message: string) => void;
  /** Told where engines run otherwise than anybody said. */
  readonly inform?: (message: string) => void;
}

/**
 * Reads, plans and loads. The study, its plan and all that is made from them have environment variables as they are written;
 * plugins are given their values. Throws LLEM_E_STUDY, LLEM_E_USAGE, LLEM_E_PLUGIN_MISSING.
 */
export async function composeStudy(root: Scope, { warn, ...rest }: StudyRequest): Promise<Scope> {
  const request = { ...rest, warn: toldOnce(warn) };
  const scope = root.child();
  const configuration = request.isResolved === true ? NO_CONFIGURATION : root.get(CONFIGURATION);
  const study = await readStudy(request, root, configuration);
  for (const message of doubtfulClasses(study)) request.warn(message);
  const { written, runners, energy } = study;
  const named = variablesIn([written, runners, energy]);
  await withConcealedErrors(concealmentOf(named, root.get(ENVIRONMENT)), () =>
    composePlan(scope, study, named, { ...request, configuration }),
  );
  return scope;
}

async function composePlan(
  scope: Scope,
  study: Study,
  named: readonly string[],
  request: StudyRequest & { readonly configuration: Configuration },
): Promise<void> {
  const [modules, environment] = [scope.get(MODULES), scope.get(ENVIRONMENT)];
  const isPlain = !mentionsEnvironment(JSON.stringify(study.written));
  const bind = (id: string, options: JsonObject) => {
    // Of a study of many experiments each is made one by one.
    if (isPlain) return modules.create('backend', id, options);
    const instance = modules.create('backend', id, resolveReferences(options, environment));
    return backendAtUse(instance, environment);
  };
  const ofStudy = concealmentOf(named, environment);
  const planned = planStudy(study, {
    createBackend: (id, options) => {
      const backend = bind(id, options);
      return {
        localModel: (model) => backend.localModel?.(model) ?? null,
        constraints: (experiment, facts) =>
          backend.constraints(experiment, facts).map((violation) => concealedViolation(violation, ofStudy)),
      };
    },
    host: hostFacts(),
  });
  const plan = request.revise?.(planned) ?? planned;
  const runner = keptRunners(modules, environment);
  const backend = (experiment: Experiment) => bind(experiment.backend, experiment.options);
  const layers: NamingLayers = {
    flags: request.runners,
    env: request.isResolved === true ? {} : environment,
    study: plan.runners,
    config: request.configuration,
  };
  const detected =
    request.isResolved === true
      ? NOTHING_DETECTED
      : await detectedRunners(plan, layers, { modules, backend, runner });
  const raised = raisedText(detected);
  if (raised !== null) request.inform?.(raised);
  const resolve = (experiment: Experiment) => resolveRunner(experiment, { ...layers, detected });
  const runners = distinctRunners(plan, resolve);
  refuseUnset(runners, environment);
  const written = [...named, ...variablesIn(runners)];
  await withConcealedErrors(concealmentOf(new Set(written), environment), async () => {
    await loadRunners(runners, modules, environment);
    refuseWithoutImage(plan, { backend, resolveRunner: resolve, runner });
  });
  const secrets = runners.flatMap(({ runner: resolved }) => runner(resolved).secrets ?? []);
  const concealment = concealmentOf(new Set([...written, ...secrets]), environment);
  const runnerTypes = new Set(runners.map(({ runner }) => runner.type));
  const datasets = await plannedDatasets(plan, modules, environment);
  const place = study.origins['energy.meters'] ?? 'energy.meters';
  const meters = await meterRefs(plan, place, modules, environment, request.warn);

  scope.provide(STUDY, () => study);
  scope.provide(PLAN, () => plan);
  scope.provide(CONCEALMENT, () => concealment);
  scope.provide(PLUGINS, (inner) => ({
    context: inner.get(CONTEXT),
    backend,
    resolveRunner: resolve,
    runner,
    dataset: datasets.of,
    meters,
  }));
  scope.provide(PLUGIN_VERSIONS, () => {
    const used: readonly (readonly [PluginKind, string])[] = [
      ...plan.experiments.map((experiment) => ['backend', experiment.backend] as const),
      ...[...runnerTypes].map((type) => ['runner', type] as const),
      ...datasets.ids.map((id) => ['dataset', id] as const),
      ...meters.map(({ id }) => ['meter', id] as const),
    ];
    const found = used.map(([kind, id]) => modules.find(kind, id));
    return Object.fromEntries(found.map((one) => [one.package, one.version]));
  });
}

function readStudy(
  { source, overrides, ...request }: StudyRequest,
  root: Scope,
  configuration: Configuration,
): Promise<Study> {
  const modules = root.get(MODULES);
  const { warn } = request;
  const text = source.kind === 'file' ? source.text : JSON.stringify(source.settings);
  const defaults = studyDefaults(configuration);
  const backends = modules.discovery.provided.filter(({ kind }) => kind === 'backend').map(({ id }) => id);
  refuseUnknown(request.runners, modules);
  return withMentioned(modules, warn, [text, JSON.stringify(defaults.settings)], (catalog) => {
    const mistyped = [
      ...unknownBackends(configuration, backends),
      ...unknownVariables(root.get(ENVIRONMENT), backends),
    ];
    for (const message of mistyped) warn(message);
    const around = [catalog, root.get(ENVIRONMENT), defaults] as const;
    const study =
      source.kind === 'file'
        ? loadStudy({ text: source.text, path: source.path, readBase: source.readBase }, ...around)
        : studyFromSettings(source.settings, ...around);
    return overrideStudy(study, overrides);
  });
}

/** The meters that the study names; for `auto` every one installed that needs no options. `warn` is told of those that cannot be used. */
async function meterRefs(
  plan: Plan,
  place: string,
  modules: PluginModules,
  environment: Environment,
  warn: (message: string) => void,
): Promise<PluginRef[]> {
  const { meters } = plan.energy;
  if (meters === 'auto') {
    const lost = modules.discovery.problems.filter(({ provides }) =>
      provides?.some(({ kind }) => kind === 'meter'),
    );
    for (const problem of lost) warn(problemText(problem));
  }
  const installed = modules.discovery.provided.filter((one) => one.kind === 'meter');
  const asked: readonly { id: string; options: JsonObject; named: boolean }[] =
    meters === 'auto'
      ? installed.map(({ id }) => ({ id, options: {}, named: false }))
      : meters.map((meter) => {
          if (typeof meter === 'string') return { id: meter, options: {}, named: true };
          const { type, ...options } = meter;
          return { id: type, options: z.record(z.string(), z.json()).parse(options), named: true };
        });
  const refs = await Promise.all(
    asked.map(async ({ id, options, named }): Promise<PluginRef[]> => {
      const loaded = await modules.load('meter', id).catch((error: unknown) => {
        if (named) throw fromPlace(place, error);
        warn(reasonText(error));
        return null;
      });
      const { moduleUrl } = modules.find('meter', id);
      const parsed = loaded?.options.parse(resolveReferences(options, environment));
      if (parsed?.ok) return [{ kind: 'meter', id, moduleUrl, options: parsed.value }];
      if (!named || !parsed) return [];
      throw llemError('LLEM_E_USAGE', `${place}: ${issueText(parsed.issues, [id])}.`, {
        remedy: `Correct it; \`llem catalog ${id}\` shows its options.`,
      });
    }),
  );
  return refs.flat();
}
