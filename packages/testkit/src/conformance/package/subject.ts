/** A plugin as the harness has it: its module, loaded, and the options of an experiment. */
import {
  createInstance,
  isPluginModule,
  issueText,
  type OptionsSchema,
  type PluginContext,
  type PluginInstances,
  type PluginKind,
  type PluginModule,
} from '@llem/core';
import { returningModule } from '../returns.js';
import { demand } from '../rule.js';
import type { ProvidedModule } from './package-json.js';
import { importInThread, type ThreadImport } from './thread.js';

/** A module of package.json and what came of importing it. */
export interface ModuleSubject extends ProvidedModule {
  /** Absolute path of the package's folder. */
  readonly root: string;
  /** What the module exports, or why it could not be imported. */
  readonly imported: { readonly exports: unknown } | { readonly error: unknown };
  /** What came of importing it in a worker thread. */
  readonly inThread: ThreadImport;
}

/** What the author of a plugin says of every kind of it, where the suite cannot know it. */
export interface GivenOptions {
  /** Its options as a study would write them, where it cannot do without. Default: none, `{}`. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/** A plugin whose module can be used. */
export interface PluginSubject<K extends PluginKind = PluginKind> {
  readonly kind: K;
  readonly id: string;
  readonly moduleUrl: string;
  readonly module: PluginModule;
  /** As a study would write them. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Of folders that are the suite's own; they are made by whoever needs them. */
  readonly context: PluginContext;
}

/** Imports a module as llem does, in a thread first: one that does not come back can be ended there. Never rejects. */
export async function importModule(root: string, provided: ProvidedModule): Promise<ModuleSubject> {
  const inThread = await importInThread(provided.moduleUrl);
  const module = { ...provided, root, inThread };
  if (inThread.end === 'unending')
    return {
      ...module,
      imported: {
        error: new Error(
          `${inThread.error}. Look for a loop, or an await at the top of a module, without an end`,
        ),
      },
    };
  try {
    const exports: unknown = await import(/* @vite-ignore */ provided.moduleUrl);
    return { ...module, imported: { exports } };
  } catch (error) {
    return { ...module, imported: { error } };
  }
}

/** The plugin of a module; null where the module has none to use. */
export function pluginOf<K extends PluginKind>(
  kind: K,
  { id, moduleUrl, imported }: ModuleSubject,
  { options = {} }: GivenOptions,
  context: PluginContext,
): PluginSubject<K> | null {
  const module = 'exports' in imported ? imported.exports : null;
  return isPluginModule(module)
    ? { kind, id, moduleUrl, module: returningModule(module), options, context }
    : null;
}

/** Options as a plugin resolves them. Throws where it refuses them. */
export function parsedOptions(options: OptionsSchema, input: unknown): unknown {
  const result = options.parse(input);
  demand(
    result.ok,
    `The options ${JSON.stringify(input)} are refused: ${result.ok ? '' : issueText(result.issues)}. ` +
      'Give the suite options that a study may have: `{ options: { ... } }`.',
  );
  return result.value;
}

/** What a plugin creates from the options given for it, or from others. Throws where it refuses them or creates something else. */
export function instanceOf<K extends PluginKind>(
  kind: K,
  { id, module, context, options }: Omit<PluginSubject, 'kind' | 'moduleUrl'>,
): PluginInstances[K] {
  return createInstance(kind, id, module, context, parsedOptions(module.options, options));
}
