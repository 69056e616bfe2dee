/** Models on this disk: folders, and snapshots in the cache of the Hugging Face Hub. Reads only. */
import { readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { hubCache } from './locations.js';

/** A name on the Hub: `owner/name`, or a name alone for a few old ones. */
export const isHubName = (model: string): boolean =>
  /^[\w-][\w.-]*(?:\/[\w-][\w.-]*)?$/.test(model) && !model.includes('..');

/** A full commit names itself. */
export const isCommit = (revision: string): boolean => /^[0-9a-f]{40}$/.test(revision);

export const kindAt = (path: string): 'folder' | 'file' | null => {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory() === true) return 'folder';
  return found?.isFile() === true ? 'file' : null;
};

/** Absolute, for what could be a folder or file of this machine. */
export const localPath = (model: string): string => resolve(model.replace(/^~(?=\/|$)/, homedir()));

/** A model in the cache of the Hub. */
export interface Snapshot {
  /** Commit of the model's repository. */
  readonly commit: string;
  readonly folder: string;
}

const repositoryFolder = (model: string): string =>
  join(hubCache(), `models--${model.replaceAll('/', '--')}`);

/** The commit that a branch or tag had when it was last fetched; null where it never was. */
function knownCommit(model: string, revision: string): string | null {
  if (isCommit(revision)) return revision;
  try {
    const commit = readFileSync(join(repositoryFolder(model), 'refs', revision), 'utf8').trim();
    return isCommit(commit) ? commit : null;
  } catch {
    return null;
  }
}

/** What the cache holds of a revision, whole or in part; null where there is nothing. Never throws. */
export function cachedSnapshot(model: string, revision: string): Snapshot | null {
  if (!isHubName(model)) return null;
  const commit = knownCommit(model, revision);
  if (commit === null) return null;
  const folder = join(repositoryFolder(model), 'snapshots', commit);
  return kindAt(folder) === 'folder' ? { commit, folder } : null;
}

/** The commit of a folder that is a snapshot in a cache of the Hub; null for any other. */
export const commitOfFolder = (folder: string): string | null =>
  /\/models--[^/]+\/snapshots\/([0-9a-f]{40})\/?$/.exec(folder)?.[1] ?? null;
