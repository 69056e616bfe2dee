/** Which backends, runners and meters are installed, read from package.json files alone: no plugin's code runs. */
import { isAbsolute, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { issueText } from '@llem/core/issue-words';
import {
  CONTRACT_VERSION,
  faultOfPluginId,
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

/** Whether the user has added it to what comes with llem, with `llem plugins install` or `link`. */
export function isAdded({ source }: Pick<InstalledPackage, 'source'>): boolean {
  return source === 'user' || source === 'link';
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
  /** What cannot be used because of it; undefined where that is not known. */
  readonly provides?: readonly { readonly kind: string; readonly id: string }[];
}

export interface Discovery {
  /** In the order of kind and id. */
  readonly provided: readonly Provided[];
  readonly problems: readonly Problem[];
  /** Of kinds that this version of llem does not know; listed and otherwise ignored. */
  readonly unknown: readonly { readonly kind: string; readonly id: string; readonly package: string }[];
}

/** Why nothing that is installed provides it, although a plugin is there that should. */
export function problemOf({ problems }: Discovery, kind: string, id: string): Problem | undefined {
  return problems.find(({ provides }) => provides?.some((one) => one.kind === kind && one.id === id));
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
      if (known === undefined) {
        unknown.push({ kind, id, package: candidate.name });
        continue;
      }
      const fault = faultOfPluginId(known, id);
      if (fault !== null) problems.push(unnameable(candidate, { kind, id, fault }));
      else if (taken !== undefined) problems.push(takenId(candidate, taken));
      else if (leavesRoot(candidate.root, module)) problems.push(outside(candidate, { kind, id, module }));
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

/** Why nothing that a package declares can be used here; null where its manifest and its contract are accepted. */
export function unfitness(
  candidate: InstalledPackage,
  contractVersion: string = CONTRACT_VERSION,
): Problem | null {
  const read = readManifest(candidate, contractVersion);
  return 'problem' in read ? read.problem : null;
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
        remedy: byAuthor(candidate, 'Update it with `llem plugins update`, or tell its author.'),
      },
    };
  }
  const { contract: range, provides } = read.value;
  if (validRange(range) === null) {
    return {
      problem: {
        package: candidate.name,
        message: `${subject} is not used: its contract "${range}" is no range of versions.`,
        remedy: byAuthor(
          candidate,
          `Tell its author to state the contract it was written for, such as "^${contractVersion}".`,
          `: the contract it is written for is a range such as "^${contractVersion}"`,
        ),
        provides,
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
        provides,
      },
    };
  }
  return { provides };
}

function takenId(candidate: InstalledPackage, taken: Provided): Problem {
  const { kind, id } = taken;
  const subject = `The ${kind} "${id}" of ${candidate.name} ${candidate.version} is not used`;
  const about = { package: candidate.name, provides: [{ kind, id }] };
  if (taken.package === candidate.name) {
    return {
      ...about,
      message: `${subject} twice: its package.json names it more than once, and the first counts.`,
      remedy: byAuthor(candidate, 'Tell the author of the plugin.'),
    };
  }
  const rest = `${taken.package} ${taken.version} provides one of the same id`;
  if (isAdded(taken)) {
    return {
      ...about,
      message: `${subject}: ${rest}.`,
      remedy: `Keep one of the two: \`llem plugins uninstall ${candidate.name}\`, or the same of ${taken.package}.`,
    };
  }
  return {
    ...about,
    message: `${subject}: ${rest}, and comes with llem.`,
    remedy: `Tell its author to take another id, or remove it: \`llem plugins uninstall ${candidate.name}\`.`,
  };
}

/** Who links a folder is its author, or can change it. */
function byAuthor({ source, root }: InstalledPackage, otherwise: string, how = ''): string {
  return source === 'link' ? `Correct ${join(root, 'package.json')}${how}.` : otherwise;
}

function unnameable(
  candidate: InstalledPackage,
  { kind, id, fault }: { readonly kind: string; readonly id: string; readonly fault: string },
): Problem {
  const { name, version } = candidate;
  return {
    package: name,
    message: `The ${kind} ${JSON.stringify(id)} of ${name} ${version} is not used, as no study could name it: ${fault}.`,
    remedy: byAuthor(candidate, 'Tell the author of the plugin to take another id.'),
    provides: [{ kind, id }],
  };
}

function outside(
  candidate: InstalledPackage,
  { kind, id, module }: { readonly kind: string; readonly id: string; readonly module: string },
): Problem {
  return {
    package: candidate.name,
    message: `The ${kind} "${id}" of ${candidate.name} ${candidate.version} is not used: the path of its module, "${module}", leads out of the package.`,
    remedy: byAuthor(candidate, 'Tell the author of the plugin.'),
    provides: [{ kind, id }],
  };
}

function leavesRoot(root: string, module: string): boolean {
  const inside = relative(root, join(root, module));
  return isAbsolute(module) || isAbsolute(inside) || inside === '' || inside.split(/[\\/]/)[0] === '..';
}
