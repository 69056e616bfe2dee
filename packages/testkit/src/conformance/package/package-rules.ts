/** What package.json must say, before any code of a plugin runs. */
import { statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import {
  CONTRACT_VERSION,
  faultOfPluginId,
  issueText,
  PLUGIN_KINDS,
  pluginManifestSchema,
  readPluginManifest,
  type PluginKind,
} from '@llem/core';
import semver from 'semver';
import { demand, type Rule } from '../rule.js';
import { isInside, providedModules, type PluginPackage } from './package-json.js';

/** A package, and what a test file asks of it. */
export interface PackageSubject extends PluginPackage {
  readonly kind: PluginKind;
  /** The one plugin that is asked for; null: all of the kind. */
  readonly wanted: string | null;
}

export const PACKAGE_RULES: readonly Rule<PackageSubject>[] = [
  {
    id: 'package.manifest',
    title: 'package.json says in `llem` which plugins the package provides',
    check: ({ packageJson, kind, wanted }) => {
      const read = readPluginManifest(packageJson['llem']);
      const problem = read.ok ? '' : issueText(read.issues, ['llem']);
      demand(
        read.ok,
        `In package.json, ${problem}. Write "llem": { "contract": "^${CONTRACT_VERSION}", "provides": [{ "kind": "${kind}", "id": "...", "module": "./dist/..." }] }.`,
      );
      const ids = read.value.provides.filter((one) => one.kind === kind).map(({ id }) => id);
      demand(
        wanted === null ? ids.length > 0 : ids.includes(wanted),
        `package.json provides no ${kind}${wanted === null ? '' : ` "${wanted}"`} in llem.provides.`,
      );
      return Promise.resolve();
    },
  },
  {
    id: 'package.ids',
    title: 'every plugin has a kind that llem knows and an id of its own that a study can name',
    leftOut: unreadable,
    check: ({ packageJson }) => {
      const { provides } = pluginManifestSchema.parse(packageJson['llem']);
      const seen = new Set<string>();
      for (const { kind, id } of provides) {
        const known = PLUGIN_KINDS.find((each) => each === kind);
        demand(known !== undefined, `llem knows no kind "${kind}". Use one of ${PLUGIN_KINDS.join(', ')}.`);
        const fault = faultOfPluginId(known, id);
        demand(fault === null, `No study could name the ${kind} "${id}": ${fault ?? ''}.`);
        demand(
          !seen.has(`${kind} ${id}`),
          `The ${kind} "${id}" is provided twice. Give each an id of its own.`,
        );
        seen.add(`${kind} ${id}`);
      }
      return Promise.resolve();
    },
  },
  {
    id: 'package.contract',
    title: 'llem.contract is a range of versions that holds the contract of this llem',
    leftOut: unreadable,
    check: ({ packageJson }) => {
      const { contract } = pluginManifestSchema.parse(packageJson['llem']);
      demand(
        semver.validRange(contract) !== null &&
          semver.satisfies(CONTRACT_VERSION, contract, { includePrerelease: true }),
        `The contract "${contract}" does not hold ${CONTRACT_VERSION}, which is that of this testkit. Write "^${CONTRACT_VERSION}" once the plugin goes by it.`,
      );
      return Promise.resolve();
    },
  },
  {
    id: 'package.modules',
    title: 'every module that package.json names is a file inside the package',
    leftOut: unreadable,
    check: ({ root, packageJson }) => {
      for (const { module } of pluginManifestSchema.parse(packageJson['llem']).provides) {
        const path = join(root, module);
        demand(
          !isAbsolute(module) && isInside(root, module),
          `The module "${module}" is outside of the package. Name a file in it, relative to package.json.`,
        );
        demand(
          statSync(path, { throwIfNoEntry: false })?.isFile() === true,
          `There is no file "${module}". Build the package, or correct llem.provides in package.json.`,
        );
      }
      return Promise.resolve();
    },
  },
];

function unreadable({ packageJson }: PackageSubject): string | null {
  return readPluginManifest(packageJson['llem']).ok
    ? null
    : 'the `llem` section of package.json cannot be read';
}

/** The modules that a test file asks for. */
export function wantedModules(subject: PackageSubject): ReturnType<typeof providedModules> {
  const { kind, wanted } = subject;
  return providedModules(subject, kind).filter(({ id }) => wanted === null || id === wanted);
}
