/** What the commands on a study need: the study, its plan, and the plugins it names, imported and ready. */
import {
  isLlemError,
  issueText,
  llemError,
  type Experiment,
  type JsonObject,
  type OptionsSchema,
  type Plan,
  type PluginKind,
  type PluginRef,
} from '@llem/core';
import { hostFacts, type Plugins } from '@llem/harness';
import {
  loadStudy,
  overrideStudy,
  planStudy,
  resolveRunner,
  studyFromSettings,
  type ReadBase,
  type Study,
  type StudyCatalog,
  type StudyOverrides,
} from '@llem/study';
import { z } from 'zod';
import type { PluginModules } from '../plugins/modules.js';
import { plannedDatasets } from './datasets.js';
import { CONFIGURATION, CONTEXT, ENVIRONMENT, MODULES } from './root.js';
import { token, type Scope } from './scope.js';

export const CATALOG = token<StudyCatalog>('catalog');
export const STUDY = token<Study>('study');
export const PLAN = token<Plan>('plan');
export const PLUGINS = token<Plugins>('plugins');
/** Version of every plugin that the plan uses, by package name. */
export const PLUGIN_VERSIONS = token<Readonly<Record<string, string>>>('plugin-versions');

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
  /** Leaves environment and configuration out of the choice of runners: a resolved study has it made. */
  readonly runnersDecided?: boolean;
  /** The plan to be carried out, given the one that the settings make; without it, that one. */
  readonly revise?: (planned: Plan) => Plan;
  /** Told of a plugin that cannot be loaded; the others go on. */
  readonly warn: (message: string) => void;
}

/** The options of every plugin that can be loaded; one that cannot is told and left out. */
export async function composeCatalog(root: Scope, warn: (message: string) => void): Promise<Scope> {
  const modules = root.get(MODULES);
  for (const { message, remedy } of modules.discovery.problems) warn(`${message} ${remedy}`);
  const optionsOf = async (kind: PluginKind) => {
    const ids = modules.discovery.provided.filter((one) => one.kind === kind).map((one) => one.id);
    const loaded = await Promise.allSettled(ids.map((id) => modules.load(kind, id)));
    const options = new Map<string, OptionsSchema>();
    loaded.forEach((result, index) => {
      const id = ids[index];
      if (id === undefined) return;
      if (result.status === 'fulfilled') options.set(id, result.value.options);
      else warn(reasonText(result.reason));
    });
    return options;
  };
  const [backends, runners, datasets, meters] = await Promise.all([
    optionsOf('backend'),
    optionsOf('runner'),
    optionsOf('dataset'),
    optionsOf('meter'),
  ]);
  const scope = root.child();
  scope.provide(CATALOG, () => ({ backends, runners, datasets, meters }));
  return scope;
}

function reasonText(reason: unknown): string {
  if (isLlemError(reason)) return `${reason.message} ${reason.remedy}`;
  return reason instanceof Error ? reason.message : String(reason);
}

/** Reads, plans and loads. Throws LLEM_E_STUDY, LLEM_E_USAGE, LLEM_E_PLUGIN_MISSING. */
export async function composeStudy(root: Scope, request: StudyRequest): Promise<Scope> {
  const scope = await composeCatalog(root, request.warn);
  const modules = root.get(MODULES);
  const study = readStudy(request, scope.get(CATALOG));
  const planned = planStudy(study, {
    createBackend: (id, options) => modules.create('backend', id, options),
    host: hostFacts(),
  });
  const plan = request.revise?.(planned) ?? planned;
  const resolve = (experiment: Experiment) =>
    resolveRunner(experiment, {
      flags: request.runners,
      env: request.runnersDecided ? {} : root.get(ENVIRONMENT),
      study: plan.runners,
      config: (request.runnersDecided ? undefined : root.get(CONFIGURATION).runners) ?? {},
    });
  const runners = new Set(plan.experiments.map((experiment) => resolve(experiment).type));
  for (const type of runners) await modules.load('runner', type);
  const datasets = await plannedDatasets(plan, modules);
  const meters = await meterRefs(plan, modules);

  scope.provide(STUDY, () => study);
  scope.provide(PLAN, () => plan);
  scope.provide(PLUGINS, (inner) => ({
    context: inner.get(CONTEXT),
    backend: ({ backend, options }) => modules.create('backend', backend, options),
    resolveRunner: resolve,
    runner: ({ type, options }) => modules.create('runner', type, options),
    dataset: datasets.of,
    meters,
  }));
  scope.provide(PLUGIN_VERSIONS, () => {
    const used: readonly (readonly [PluginKind, string])[] = [
      ...plan.experiments.map(({ backend }) => ['backend', backend] as const),
      ...[...runners].map((type) => ['runner', type] as const),
      ...datasets.ids.map((id) => ['dataset', id] as const),
      ...meters.map(({ id }) => ['meter', id] as const),
    ];
    const found = used.map(([kind, id]) => modules.find(kind, id));
    return Object.fromEntries(found.map((one) => [one.package, one.version]));
  });
  return scope;
}

function readStudy({ source, overrides }: StudyRequest, catalog: StudyCatalog): Study {
  const study =
    source.kind === 'file'
      ? loadStudy({ text: source.text, path: source.path, readBase: source.readBase }, catalog)
      : studyFromSettings(source.settings, catalog);
  return overrideStudy(study, overrides);
}

/** The meters that the study names; for `auto` every one installed that needs no options. */
async function meterRefs(plan: Plan, modules: PluginModules): Promise<PluginRef[]> {
  const { meters } = plan.energy;
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
      const { moduleUrl } = modules.find('meter', id);
      const loaded = await modules.load('meter', id).catch((error: unknown) => {
        if (named) throw error;
        return null;
      });
      const parsed = loaded?.options.parse(options);
      if (parsed?.ok) return [{ kind: 'meter', id, moduleUrl, options: parsed.value }];
      if (!named || !parsed) return [];
      throw llemError('LLEM_E_STUDY', issueText(parsed.issues, ['energy', 'meters', id]), {
        remedy: `Correct it; \`llem catalog ${id}\` shows its options.`,
      });
    }),
  );
  return refs.flat();
}
