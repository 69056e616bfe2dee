/** The suite of a package: its package.json, then every module of a kind, and the plugin in it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PluginKind } from '@llem/core';
import { afterAll, beforeAll, describe } from 'vitest';
import type { Rule } from '../rule.js';
import { describeRules, RULE_LIMIT_MS } from '../suite.js';
import { packageAbove } from './package-json.js';
import { wantedModules } from './package-rules.js';
import { MODULE_RULES, PACKAGE_RULES, PLUGIN_RULES } from './rules.js';
import {
  importModule,
  pluginOf,
  type GivenOptions,
  type ModuleSubject,
  type PluginSubject,
} from './subject.js';

/** What every suite may be told. */
export interface SuiteOptions extends GivenOptions {
  /** The one plugin that is meant, by its id. Default: every one of the kind that the package provides. */
  readonly id?: string;
}

/** A kind of plugin: its rules, and what they are asked of. */
export interface KindOfPlugin<K extends PluginKind, Subject> {
  readonly kind: K;
  readonly rules: readonly Rule<Subject>[];
  /** Throws where no instance can be made, which a rule of every plugin tells. */
  readonly subjectOf: (plugin: PluginSubject<K>) => Subject;
}

/** Registers the tests of every plugin of a kind that the package above `from`, a `file:` URL or a path, provides. */
export function describePlugins<K extends PluginKind, Subject>(
  { kind, rules, subjectOf }: KindOfPlugin<K, Subject>,
  from: string,
  options: SuiteOptions,
): void {
  const subject = { ...packageAbove(from), kind, wanted: options.id ?? null };
  describe(`${subject.name} as a plugin of llem`, () => {
    describeRules('package.json', PACKAGE_RULES, () => Promise.resolve(subject));
    for (const provided of wantedModules(subject)) {
      describe(`${kind} ${provided.id}`, () => {
        let folder = '';
        let module: ModuleSubject | null = null;
        let plugin: PluginSubject<K> | null = null;
        let ofKind: Subject | null = null;
        beforeAll(async () => {
          folder = await mkdtemp(join(tmpdir(), 'llem-conformance-'));
          module = await importModule(subject.root, provided);
          plugin = pluginOf(kind, module, options, { cacheDir: join(folder, 'cache') });
          ofKind = plugin && orNull(subjectOf, plugin);
        }, RULE_LIMIT_MS);
        afterAll(() => rm(folder, { recursive: true, force: true }));
        describeRules('module', MODULE_RULES, () => Promise.resolve(module));
        describeRules('plugin', PLUGIN_RULES, () => Promise.resolve(plugin));
        describeRules(kind, rules, () => Promise.resolve(ofKind));
      });
    }
  });
}

function orNull<From, To>(make: (from: From) => To, from: From): To | null {
  try {
    return make(from);
  } catch {
    return null;
  }
}
