/** `llem plugins install`: fetched, looked at, agreed to, and only then in the place of what was there. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { llemError } from '@llem/core';
import type { InstalledPackage } from '../discovery.js';
import { changeStoreInParts, type ChangeRequest } from '../store/change.js';
import { readStore, withEntry, writeStore, type StorePackage } from '../store/plugin-list.js';
import { accept, requireAllowed, surroundingsIn, type Accepted } from './acceptance.js';
import { readArrival, readPackage } from './arrival.js';
import { arrivalText } from './arrival-text.js';
import { ifThere } from '../store/absent.js';
import { npmInstall, npmRunScripts } from './npm.js';
import { withoutSecrets } from './npm-failure.js';
import { plain } from './plain.js';
import type { PluginRequest } from './request.js';
import type { PluginSource } from './source.js';

export interface InstallRequest extends PluginRequest {
  readonly allowScripts: boolean;
  /** As others are told who have to wait. */
  readonly command: string;
}

export interface Installed {
  /** False where a person said no, or where there was nothing to do; nothing has changed then. */
  readonly accepted: boolean;
  readonly package: InstalledPackage;
  readonly provided: Accepted['provided'];
  /** The version that was there before. */
  readonly before: string | null;
}

/**
 * All of them or, whatever goes wrong with one, none; but for those that a person declines. Throws LLEM_E_PLUGIN_REFUSED,
 * LLEM_E_PLUGIN_MISSING, LLEM_E_INSTALL or LLEM_E_BUSY; what was installed is then as before.
 */
export async function installPlugins(
  sources: readonly PluginSource[],
  request: InstallRequest,
): Promise<Installed[]> {
  for (const source of sources) if (source.kind === 'registry') requireAllowed(request.around, source.name);
  return changeStoreInParts(changeFor(request), async (part) => {
    const installed: Installed[] = [];
    for (const source of sources) {
      installed.push(await part((staged) => bringIn(staged, source, request)));
    }
    return installed;
  });
}

/** Install scripts write into the files of their packages, which the generations must not share then. */
export function changeFor({ dataDir, command, allowScripts }: InstallRequest): ChangeRequest {
  return { dataDir, command, sharing: allowScripts ? 'copies' : 'links' };
}

/** Into a staged folder. `unlessSame`: where npm chooses the version that is there, that one is not put anew. */
export async function bringIn(
  staged: string,
  source: PluginSource,
  { around: aroundAtStart, dialogue, allowScripts }: InstallRequest,
  { unlessSame = false } = {},
): Promise<Installed> {
  // Another one of the same command may have brought what this one would provide.
  const around = await surroundingsIn(staged, aroundAtStart);
  const { spec } = source;
  const before = await readStore(staged);
  await writeStore(staged, before);
  const known = source.kind === 'registry' ? source.name : nameByUrl(before, spec);
  const replaced = known === null ? null : await takeOut(staged, known);
  const subject = plain(withoutSecrets(spec), 120);
  await dialogue.progress(`Fetching ${subject}`, () => npmInstall({ folder: staged, subject }, spec));

  const after = await readStore(staged);
  const name = source.kind === 'registry' ? source.name : (known ?? newDependency(before, after, subject));
  const arrival = await readArrival(staged, name);
  if (unlessSame && arrival.package.version === replaced) {
    return { accepted: false, package: arrival.package, provided: [], before: replaced };
  }
  const accepted = await accept(arrival.package, around);
  const scriptsWillRun = allowScripts && arrival.scripts.length > 0;
  const installedBefore = around.packages.find((one) => one.name === name)?.version ?? null;
  const replaces = replaced ?? installedBefore;
  dialogue.show(arrivalText({ arrival, accepted, spec, replaces, scriptsWillRun }));
  const outcome = { package: arrival.package, provided: accepted.provided, before: replaces };
  const question = scriptsWillRun ? 'Run these scripts and install it?' : 'Install it?';
  if (!(await dialogue.agrees(question))) return { ...outcome, accepted: false };
  if (scriptsWillRun) {
    const packages = arrival.scripts.map((one) => `${one.name}@${one.version}`);
    await dialogue.progress('Running install scripts', () =>
      npmRunScripts({ folder: staged, subject }, packages),
    );
  }
  const origin = source.kind === 'registry' ? { tag: source.tag } : { url: spec };
  await writeStore(staged, withEntry(after, { name, type: 'user', origin }));
  return { ...outcome, accepted: true };
}

/** Has npm put it anew, whatever has become of its files; gives the version that was there. */
async function takeOut(staged: string, name: string): Promise<string | null> {
  const root = join(staged, 'node_modules', name);
  const version = (await readPackage(root, 'user').catch(() => null))?.version ?? null;
  await rm(root, { recursive: true, force: true });
  // npm would believe this one without looking.
  await ifThere(rm(join(staged, 'node_modules', '.package-lock.json')));
  return version;
}

function nameByUrl({ plugins }: StorePackage, spec: string): string | null {
  const found = plugins.find((one) => one.type === 'user' && 'url' in one.origin && one.origin.url === spec);
  return found?.name ?? null;
}

/** What npm has written into package.json for an address. */
function newDependency(before: StorePackage, after: StorePackage, subject: string): string {
  const changed = [...after.dependencies].filter(([name, range]) => before.dependencies.get(name) !== range);
  const name = changed[0]?.[0];
  if (name !== undefined && changed.length === 1) return name;
  throw llemError('LLEM_E_INSTALL', `${subject}: npm does not say which package that is.`, {
    remedy: 'Uninstall the plugin, then install it again from there.',
  });
}

/** What the command answers. */
export function installedText({ accepted, package: { name, version }, provided, before }: Installed): string {
  const subject = plain(`${name} ${version}`);
  if (!accepted)
    return before === null ? `${subject} is not installed.` : `${plain(name)} stays at ${plain(before)}.`;
  const what = provided.map(({ kind, id }) => plain(`${kind} ${id}`, 80)).join(', ');
  const instead = before === null || before === version ? '' : ` instead of ${plain(before)}`;
  return `${subject} is installed${instead}: ${what}.`;
}
