/** Whether a package may become a plugin here, before it takes the place of anything. */
import { stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { llemError, type LlemError } from '@llem/core';
import { readPluginManifest } from '@llem/core/plugin-manifest';
import { addedPluginsIn } from '../added.js';
import { isAllowed, notAllowed, type AllowList } from '../allow-list.js';
import { discover, isAdded, unfitness, type InstalledPackage, type Provided } from '../discovery.js';
import { ifThere } from '../store/absent.js';
import { plain } from './plain.js';

export interface Surroundings {
  /** The command's own package. */
  readonly self: string;
  /** All that is installed now. */
  readonly packages: readonly InstalledPackage[];
  readonly allowList: AllowList | null;
}

/** With what a change that goes on has brought so far in the place of what was there when the command began. */
export async function surroundingsIn(staged: string, around: Surroundings): Promise<Surroundings> {
  const { packages } = await addedPluginsIn(staged);
  return { ...around, packages: [...around.packages.filter((one) => !isAdded(one)), ...packages] };
}

export interface Accepted {
  readonly provided: readonly Provided[];
  /** What of it will not be used, each as a sentence. */
  readonly notUsed: readonly string[];
}

/** Throws LLEM_E_PLUGIN_REFUSED where the list does not have the name. */
export function requireAllowed({ allowList }: Pick<Surroundings, 'allowList'>, name: string): void {
  if (allowList !== null && !isAllowed(allowList, name)) throw notAllowed(allowList, plain(name));
}

/** Throws LLEM_E_PLUGIN_REFUSED. */
export async function accept(candidate: InstalledPackage, around: Surroundings): Promise<Accepted> {
  const { name, manifest } = candidate;
  const subject = plain(`${name} ${candidate.version}`);
  requireAllowed(around, name);
  if (name === around.self) {
    throw refused(
      `${subject} is llem itself.`,
      'Update it as you have installed it: `npm install -g @llem/cli`.',
    );
  }
  if (manifest === undefined) {
    throw refused(
      `${subject} is no plugin of llem: its package.json has no section \`llem\`.`,
      'See whether the name is right. What a plugin has there is in docs/plugins.md.',
    );
  }
  // One that comes with llem gives way to a version of it that the user installs.
  const others = around.packages.filter(
    (one) => one.name !== name || (one.source !== 'core' && one.source !== candidate.source),
  );
  const { provided, problems, unknown } = discover([...others, candidate]);
  const own = provided.filter((one) => one.package === name && one.source === candidate.source);
  const ofOwn = problems.filter((one) => one.package === name);
  const notUsed = [
    ...ofOwn.map(({ message }) => plain(message)),
    ...unknown
      .filter((one) => one.package === name)
      .map(({ kind, id }) =>
        plain(`The ${kind} "${id}" of ${subject} is of a kind that this llem does not use.`),
      ),
  ];
  const there = discover(others).provided;
  const instead = others.find((one) => one.name === name);
  if (own.length === 0 && notUsed.length === 0 && instead !== undefined) throw notThisOne(subject, instead);
  if (own.length === 0) {
    throw refused(
      notUsed[0] ?? `${subject} provides nothing.`,
      unfitness(candidate) === null && isTaken(manifest, there) ? TAKEN : (ofOwn[0]?.remedy ?? UNUSED),
    );
  }
  for (const { kind, id, moduleUrl } of own) {
    // Which of two counts is decided by their names: a new one would push out the other.
    const other = there.find((one) => one.kind === kind && one.id === id && one.package !== name);
    if (other !== undefined) {
      throw refused(
        plain(
          `${subject} provides the ${kind} "${id}", which ${other.package} ${other.version} does already.`,
        ),
        `Keep one of the two: \`llem plugins uninstall ${other.package}\` makes room for this one.`,
      );
    }
    const path = fileURLToPath(moduleUrl);
    if ((await ifThere(stat(path)))?.isFile() === true) continue;
    throw refused(
      plain(`${subject} has no file ${path}, which its ${kind} "${id}" is in.`),
      candidate.source === 'link'
        ? `Build it first, in ${candidate.root}.`
        : 'Tell its author: the package was made before it was built. One from a repository is not built here, as its scripts are not run.',
    );
  }
  return { provided: own, notUsed };
}

const TAKEN =
  'Two plugins cannot have the same id, and this one comes with llem: give it another one in its package.json, or tell its author.';
const UNUSED = 'Tell its author, or update llem where that is older than the plugin.';

/** Whether something that cannot make room has an id of the package. */
function isTaken(manifest: unknown, there: readonly Provided[]): boolean {
  const read = readPluginManifest(manifest);
  return (
    read.ok &&
    read.value.provides.some(({ kind, id }) =>
      there.some((one) => one.kind === kind && one.id === id && !isAdded(one)),
    )
  );
}

/** Of two of one name the one that is there counts. */
function notThisOne(subject: string, { name, source, root }: InstalledPackage): LlemError {
  return source === 'link'
    ? refused(
        `${subject} would not be used: that package is linked (${root}).`,
        `Take the link back first: \`llem plugins uninstall ${name}\`.`,
      )
    : refused(
        `${subject} would not be used: this checkout has that package itself.`,
        'There is nothing to do: it is used as it is there.',
      );
}

function refused(message: string, remedy: string): LlemError {
  return llemError('LLEM_E_PLUGIN_REFUSED', `${message} Nothing was changed.`, { remedy });
}
