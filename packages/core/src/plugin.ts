/** How a plugin is declared in package.json, loaded and recognised: by shape, never by class. */
import { z } from 'zod';
import type { Backend } from './backend.js';
import type { Dataset } from './dataset.js';
import { llemError } from './errors.js';
import { issueText } from './issue-words.js';
import type { Meter } from './meter.js';
import { defineOptions, type OptionsSchema } from './options.js';
import { readPluginManifest, type PluginKind, type PluginManifest } from './plugin-manifest.js';
import type { Runner } from './runner.js';

/** For who checks it together with other things; the words are those of `readPluginManifest`. */
export const pluginManifestSchema = z.unknown().transform((section, context): PluginManifest => {
  const read = readPluginManifest(section);
  if (read.ok) return read.value;
  for (const { path, message } of read.issues) context.addIssue({ code: 'custom', path: [...path], message });
  return z.NEVER;
});

/** Plain data that every plugin is given. */
export interface PluginContext {
  /** A folder of llem's own for what may be fetched or made again. */
  readonly cacheDir: string;
}

export interface PluginInstances {
  backend: Backend;
  runner: Runner;
  meter: Meter;
  dataset: Dataset;
}

/** What a plugin's module exports. */
export interface PluginModule<Instance = unknown> {
  readonly options: OptionsSchema;
  /** Cheap, no I/O. Throws LLEM_E_USAGE when the options do not parse. */
  readonly create: (context: PluginContext, options: unknown) => Instance;
}

/** Makes a plugin's module from its zod schema and its factory: `export const { options, create } = definePlugin(...)`. */
export function definePlugin<S extends z.ZodType, Instance>(
  schema: S,
  factory: (context: PluginContext, options: z.output<S>) => Instance,
): PluginModule<Instance> {
  const options = defineOptions(schema);
  return {
    options,
    create(context, input) {
      const result = options.parse(input);
      if (result.ok) return factory(context, result.value);
      throw llemError('LLEM_E_USAGE', issueText(result.issues), { remedy: 'Correct this option.' });
    },
  };
}

/** A plugin module as plain data, which a worker thread can import for itself. */
export interface PluginRef {
  readonly kind: PluginKind;
  readonly id: string;
  /** `file:` URL of the module. */
  readonly moduleUrl: string;
  /** Parsed options; JSON. */
  readonly options: unknown;
}

const METHODS: { readonly [K in PluginKind]: readonly (keyof PluginInstances[K])[] } = {
  backend: ['constraints', 'prepare', 'service', 'dialect', 'describe', 'checks', 'diagnose'],
  runner: ['checks', 'target', 'start'],
  meter: ['checks', 'devices', 'channels', 'open'],
  dataset: ['prepare', 'open'],
};

/** Recognises a plugin module by its shape. */
export function isPluginModule(module: unknown): module is PluginModule {
  if (typeof module !== 'object' || module === null) return false;
  if (!('create' in module) || typeof module.create !== 'function') return false;
  if (!('options' in module) || typeof module.options !== 'object' || module.options === null) return false;
  return (
    'parse' in module.options && typeof module.options.parse === 'function' && 'jsonSchema' in module.options
  );
}

function isInstance<K extends PluginKind>(kind: K, value: unknown): value is PluginInstances[K] {
  if (typeof value !== 'object' || value === null) return false;
  const methods = new Map<PropertyKey, unknown>(
    METHODS[kind].map((name) => [name, Reflect.get(value, name)]),
  );
  return [...methods.values()].every((method) => typeof method === 'function');
}

/** Creates what an imported module provides, checking the shapes on the way. Throws LLEM_E_PLUGIN_BROKEN. */
export function createInstance<K extends PluginKind>(
  kind: K,
  id: string,
  module: unknown,
  context: PluginContext,
  options: unknown,
): PluginInstances[K] {
  const broken = (what: string) =>
    llemError('LLEM_E_PLUGIN_BROKEN', `The ${kind} "${id}" ${what}.`, {
      remedy:
        'Update the plugin, or tell its author: a module exports `options` and `create(context, options)`.',
    });
  if (!isPluginModule(module)) throw broken('does not export `options` and `create`');
  const instance = module.create(context, options);
  if (!isInstance(kind, instance))
    throw broken(`does not create a ${kind}: it lacks one of ${METHODS[kind].join(', ')}`);
  return instance;
}
