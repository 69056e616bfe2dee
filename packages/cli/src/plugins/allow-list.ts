/** Which plugins the user's configuration allows: `plugins.allow`. Pure. */
import { llemError, type LlemError } from '@llem/core/errors';
import type { Configuration } from '@llem/study';
import { readPluginManifest } from '@llem/core/plugin-manifest';
import {
  discover,
  isAdded,
  unfitness,
  type Discovery,
  type InstalledPackage,
  type Problem,
} from './discovery.js';
import type { InstalledPackages } from './packages.js';

export interface AllowList {
  /** Names of packages; `*` stands for any part of a name without a slash. */
  readonly patterns: readonly string[];
  /** Where it stands: `/home/jo/.config/llem/config.yaml:3:1`. */
  readonly place: string;
}

/** Null where the configuration has no such list: everything is allowed. */
export function allowListOf({ plugins, places }: Configuration): AllowList | null {
  if (plugins.allow === null) return null;
  return { patterns: plugins.allow, place: places['plugins.allow'] ?? 'plugins.allow' };
}

export function isAllowed(list: AllowList | null, name: string): boolean {
  return list === null || list.patterns.some((pattern) => matches(pattern, name));
}

/** A `*` matches within the scope or within the name: `@llem/*`, `llem-backend-*`. */
function matches(pattern: string, name: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^/]*')}$`, 'u').test(name);
}

/** Why a plugin is not installed or linked. */
export function notAllowed(list: AllowList, name: string): LlemError {
  return llemError('LLEM_E_PLUGIN_REFUSED', `${name} is not on the list of allowed plugins: ${list.place}`, {
    remedy: `Add "${name}" to \`plugins.allow\` there, if you trust it and may change that file.`,
  });
}

/** Whether somebody has added it to what comes with llem, and it says that it is a plugin. */
export function isAddedPlugin(one: InstalledPackage): boolean {
  return one.manifest !== undefined && isAdded(one);
}

/**
 * What is installed and allowed. A plugin that somebody has added and that the list leaves out is a problem, and none of its
 * modules is imported; `unknown` where the configuration cannot be read, which may have a list.
 */
export function discoverAllowed(
  { packages, problems }: InstalledPackages,
  allowList: () => AllowList | null | 'unknown',
): Discovery {
  // The configuration is looked at only where it has a say.
  const list = packages.some(isAddedPlugin) ? allowList() : null;
  const isLeftOut = (one: InstalledPackage) =>
    isAddedPlugin(one) && (list === 'unknown' || !isAllowed(list, one.name));
  const kept = packages.filter((one) => !isLeftOut(one));
  const own = new Map(kept.flatMap((one) => (one.source === 'core' ? [[one.name, one] as const] : [])));
  // What a user adds takes the place of a package of the same name that comes with llem, if it can be used.
  const unfit = kept.flatMap((one): { added: InstalledPackage; problem: Problem }[] => {
    const bundled = isAddedPlugin(one) ? own.get(one.name) : undefined;
    const problem = bundled === undefined ? null : unfitness(one);
    if (bundled === undefined || problem === null) return [];
    const message = `${problem.message} Version ${bundled.version}, which comes with llem, is used in its place.`;
    return [{ added: one, problem: { ...problem, message } }];
  });
  const isUnfit = (one: InstalledPackage) => unfit.some(({ added }) => added === one);
  const replaced = new Set(kept.flatMap((one) => (isAddedPlugin(one) && !isUnfit(one) ? [one.name] : [])));
  const isUsed = (one: InstalledPackage) =>
    !isUnfit(one) && !(one.source === 'core' && replaced.has(one.name));
  const found = discover(kept.filter(isUsed));
  const leftOut = packages.filter(isLeftOut).map(({ name, version, manifest }): Problem => ({
    package: name,
    ...declared(manifest),
    ...(list === 'unknown' || list === null
      ? {
          message: `The plugin ${name} ${version} is not used: the configuration file cannot be read, and may not allow it.`,
          remedy: 'Mend the configuration file: `llem config` says what is wrong with it.',
        }
      : {
          message: `The plugin ${name} ${version} is not used: it is not on the list of allowed plugins: ${list.place}.`,
          remedy: `Add "${name}" to \`plugins.allow\` there, or uninstall it: \`llem plugins uninstall ${name}\`.`,
        }),
  }));
  return {
    ...found,
    problems: [...problems, ...found.problems, ...unfit.map(({ problem }) => problem), ...leftOut],
  };
}

/** What a plugin would provide, where its package.json tells. */
function declared(manifest: unknown): Pick<Problem, 'provides'> {
  const read = readPluginManifest(manifest);
  return read.ok ? { provides: read.value.provides } : {};
}
