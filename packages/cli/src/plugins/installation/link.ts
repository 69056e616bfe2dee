/** `llem plugins link`: a folder of somebody who writes a plugin, used as it is. */
import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { llemError } from '@llem/core';
import { z } from 'zod';
import type { InstalledPackage } from '../discovery.js';
import { ifThere } from '../store/absent.js';
import { changeStore } from '../store/change.js';
import { readStore, withEntry, writeStore } from '../store/plugin-list.js';
import { accept, surroundingsIn, type Accepted } from './acceptance.js';
import { readPackage } from './arrival.js';
import { npmUninstall } from './npm.js';
import { plain } from './plain.js';
import type { PluginRequest } from './request.js';

export interface Linked extends Accepted {
  readonly package: InstalledPackage;
}

/**
 * Nothing is installed or built in the folder: it is somebody's work. Throws LLEM_E_PLUGIN_REFUSED where it is no plugin, is not
 * built, or lacks what it needs.
 */
export async function linkPlugin(
  folder: string,
  { dataDir, around, dialogue }: PluginRequest,
): Promise<Linked> {
  const root = await ifThere(realpath(resolve(folder)));
  if (root === null) {
    throw llemError('LLEM_E_USAGE', `There is no folder ${resolve(folder)}.`, {
      remedy: 'See that the path is right.',
    });
  }
  if (!(await stat(root)).isDirectory()) {
    throw llemError('LLEM_E_USAGE', `${root} is a file; what is linked is the folder of a plugin.`, {
      remedy: /\.(?:tgz|tar\.gz|tar)$/.test(root)
        ? `Install it: \`llem plugins install ${folder}\`.`
        : 'Name the folder that has its package.json.',
    });
  }
  return changeStore({ dataDir, command: 'plugins link' }, async (staged) => {
    const candidate = await readPackage(root, 'link');
    const accepted = await accept(candidate, await surroundingsIn(staged, around));
    await requireDependencies(candidate);
    const { name } = candidate;
    const store = await readStore(staged);
    if (store.dependencies.has(name)) {
      // The link takes the place of one that was installed.
      await dialogue.progress(`Removing the installed ${plain(name)}`, () =>
        npmUninstall({ folder: staged, subject: plain(name) }, [name]),
      );
    }
    await writeStore(staged, withEntry(await readStore(staged), { name, type: 'link', root }));
    return { ...accepted, accepted: true, package: candidate };
  });
}

/** Without them its modules could not be imported. */
async function requireDependencies({ name, root }: InstalledPackage): Promise<void> {
  const { dependencies } = z
    .looseObject({ dependencies: z.record(z.string(), z.unknown()).default({}) })
    .parse(JSON.parse(await readFile(join(root, 'package.json'), 'utf8')));
  const missing: string[] = [];
  for (const one of Object.keys(dependencies)) if (!(await isInstalled(one, root))) missing.push(one);
  if (missing.length === 0) return;
  throw llemError(
    'LLEM_E_PLUGIN_REFUSED',
    plain(`${name} in ${root} lacks what it depends on: ${missing.join(', ')}. Nothing was changed.`),
    { remedy: `Run \`npm install\` in ${root}.` },
  );
}

/** In the nearest node_modules, as Node looks for it. */
async function isInstalled(name: string, from: string): Promise<boolean> {
  for (let folder = from; ; folder = dirname(folder)) {
    if ((await ifThere(stat(join(folder, 'node_modules', name)))) !== null) return true;
    if (folder === dirname(folder)) return false;
  }
}

/** What the command answers. */
export function linkedText({ package: { name, version, root }, provided, notUsed }: Linked): string {
  const what = provided.map(({ kind, id }) => plain(`${kind} ${id}`, 80)).join(', ');
  return [
    `${plain(`${name} ${version}`)} is linked: ${what}.`,
    `  folder: ${root}`,
    ...notUsed.map((text) => `  not used: ${text}`),
  ].join('\n');
}
