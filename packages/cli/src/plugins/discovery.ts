/** Which backends, runners and meters are installed, read from package.json files alone: no plugin's code runs. */
import { isAbsolute, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { issueText } from '@llem/core/issue-words';
import {
  CONTRACT_VERSION,
  PLUGIN_KINDS,
  readPluginManifest,
  type PluginKind,
  type PluginManifest,
} from '@llem/core/plugin-manifest';
// One by one: the index of semver loads all of it.
import satisfies from 'semver/functions/satisfies.js';
import gtr from 'semver/ranges/gtr.js';
import validRange from 'semver/ranges/valid.js';

/** How a package came to be here; earlier ones win an id that two provide. */
export const SOURCES = ['core', 'workspace', 'link', 'user'] as const;
export type Source = (typeof SOURCES)[number];

/** An installed package that may provide something. */
export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  /** Absolute path of its folder. */
  readonly root: string;
  readonly source: Source;
  /** The `llem` section of its package.json, whatever it is; undefined when there is none. */
  readonly manifest: unknown;
}

/** Something that a study can name. */
export interface Provided {
  readonly kind: PluginKind;
  readonly id: string;
  readonly package: string;
  readonly version: string;
  readonly source: Source;
  /** `file:` URL of the module. */
  readonly moduleUrl: string;
}

/** A plugin, or a part of it, that cannot be used here; the others go on. */
export interface Problem {
  readonly package: string;
  readonly message: string;
  readonly remedy: string;
}

export interface Discovery {
  /** In the order of kind and id. */
  readonly provided: readonly Provided[];
  readonly problems: readonly Problem[];
  /** Of kinds that this version of llem does not know; listed and otherwise ignored. */
  readonly unknown: readonly { readonly kind: string; readonly id: string; readonly package: string }[];
}

/** Reads every package's manifest; a bad one becomes a problem and does not stop the others. */
export function discover(
  packages: readonly InstalledPackage[],
  contractVersion: string = CONTRACT_VERSION,
): Discovery {
  const provided = new Map<string, Provided>();
  const problems: Problem[] = [];
  const unknown: { kind: string; id: string; package: string }[] = [];
  const seen = new Set<string>();
  for (const candidate of inOrder(packages)) {
    if (candidate.manifest === undefined || seen.has(candidate.name)) continue;
    seen.add(candidate.name);
    const read = readManifest(candidate, contractVersion);
    if ('problem' in read) {
      problems.push(read.problem);
      continue;
    }
    for (const { kind, id, module } of read.provides) {
      const known = PLUGIN_KINDS.find((name) => name === kind);
      const taken = provided.get(`${kind} ${id}`);
      if (known === undefined) unknown.push({ kind, id, package: candidate.name });
      else if (taken !== undefined) problems.push(takenId(candidate, taken));
      else if (leavesRoot(candidate.root, module)) problems.push(outside(candidate, module));
      else {
        provided.set(`${kind} ${id}`, {
          kind: known,
          id,
          package: candidate.name,
          version: candidate.version,
          source: candidate.source,
          moduleUrl: pathToFileURL(join(candidate.root, module)).href,
        });
      }
    }
  }
  const order = (one: Provided) => `${PLUGIN_KINDS.indexOf(one.kind)} ${one.id}`;
  return {
    provided: [...provided.values()].sort((a, b) => order(a).localeCompare(order(b))),
    problems,
    unknown,
  };
}

/** The same on every start, whatever order the folders were read in. */
function inOrder(packages: readonly InstalledPackage[]): readonly InstalledPackage[] {
  const rank = (one: InstalledPackage) => `${SOURCES.indexOf(one.source)} ${one.name}`;
  return [...packages].sort((a, b) => rank(a).localeCompare(rank(b)));
}

type ManifestReading = { readonly problem: Problem } | { readonly provides: PluginManifest['provides'] };

function readManifest(candidate: InstalledPackage, contractVersion: string): ManifestReading {
  const subject = `The plugin ${candidate.name} ${candidate.version}`;
  const read = readPluginManifest(candidate.manifest);
  if (!read.ok) {
    return {
      problem: {
        package: candidate.name,
        message: `${subject} is not used: in its package.json, ${issueText(read.issues, ['llem'])}.`,
        remedy: `Update it with \`llem plugins update\`, or tell its author.`,
      },
    };
  }
  const range = read.value.contract;
  if (validRange(range) === null) {
    return {
      problem: {
        package: candidate.name,
        message: `${subject} is not used: its contract "${range}" is no range of versions.`,
        remedy: `Tell its author to state the contract it was written for, such as "^${contractVersion}".`,
      },
    };
  }
  if (!satisfies(contractVersion, range, { includePrerelease: true })) {
    // Before 1.0 a caret allows patches alone: ^0.1.0 does not cover 0.2.0, and that is meant.
    const newer = gtr(contractVersion, range);
    return {
      problem: {
        package: candidate.name,
        message: `${subject} is not used: it was written for contract ${range}, and this llem has contract ${contractVersion}.`,
        remedy: newer
          ? `Update the plugin: \`llem plugins install ${candidate.name}\` brings its newest version.`
          : 'Update llem, or install an older version of the plugin.',
      },
    };
  }
  return { provides: read.value.provides };
}

function takenId(candidate: InstalledPackage, taken: Provided): Problem {
  return {
    package: candidate.name,
    message: `The ${taken.kind} "${taken.id}" of ${candidate.name} ${candidate.version} is not used: ${taken.package} provides one of the same id.`,
    remedy: `Keep one of the two: \`llem plugins uninstall ${candidate.name}\` removes the other.`,
  };
}

function outside(candidate: InstalledPackage, module: string): Problem {
  return {
    package: candidate.name,
    message: `A module of ${candidate.name} ${candidate.version} is not used: its path "${module}" leads out of the package.`,
    remedy: 'Tell the author of the plugin.',
  };
}

function leavesRoot(root: string, module: string): boolean {
  const inside = relative(root, join(root, module));
  return isAbsolute(module) || isAbsolute(inside) || inside === '' || inside.split(/[\\/]/)[0] === '..';
}
