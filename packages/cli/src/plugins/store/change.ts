/** A change of the installed plugins: all of it, or nothing. */
import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { llemError } from '@llem/core';
import { currentFolder, currentNumber } from './current.js';
import { backUp, giveUp, putInEffect, removeLeftovers, stageGeneration, type Staged } from './generations.js';
import { holdStore } from './hold.js';
import type { Sharing } from './tree.js';

export interface ChangeRequest {
  /** oclif's folder for what llem keeps. */
  readonly dataDir: string;
  /** As others are told who have to wait. */
  readonly command: string;
  /** How the copy comes by what is installed now; without it by hard links. `nothing`: it begins empty. */
  readonly sharing?: Sharing | 'nothing';
}

/** Whether the copy shall become what is installed. */
interface Outcome {
  readonly accepted: boolean;
}

/** One part of a change: what `edit` does to the copy stays only where it says so. */
export type Part = <T extends Outcome>(edit: (staged: string) => Promise<T>) => Promise<T>;

/**
 * Has `edit` change a copy, which takes effect once it says so. Whatever goes wrong before, and whenever the process ends,
 * what was installed stays. Throws LLEM_E_BUSY, and what `edit` throws.
 */
export async function changeStore<T extends Outcome>(
  request: ChangeRequest,
  edit: (staged: string) => Promise<T>,
): Promise<T> {
  return changeStoreInParts(request, (part) => part(edit));
}

/** The same of several parts, one after the other: what was accepted of them takes effect at once, when `edits` has ended. */
export async function changeStoreInParts<T>(
  { dataDir: written, command, sharing = 'links' }: ChangeRequest,
  edits: (part: Part) => Promise<T>,
): Promise<T> {
  const lock = await holdStore(written, command).catch(failHere(written));
  // npm follows links, and names in its lock file what it finds then.
  const dataDir = await realpath(written);
  const kept: { staged: Staged | null } = { staged: null };
  const part: Part = async (edit) => {
    const how = sharing === 'nothing' ? 'links' : sharing;
    const { staged: before } = kept;
    const staged = before ?? (await stageCurrent(dataDir, sharing));
    const backup = before === null ? null : await backUp(before, how);
    let isAccepted = false;
    try {
      const result = await edit(staged.folder);
      isAccepted = result.accepted;
      return result;
    } finally {
      if (isAccepted) kept.staged = staged;
      if (isAccepted) await backup?.drop();
      else if (backup === null) await giveUp(dataDir, staged);
      else await backup.restore();
    }
  };
  try {
    await removeLeftovers(dataDir);
    const before = await currentNumber(dataDir);
    const result = await edits(part);
    if (kept.staged !== null) await putInEffect(dataDir, kept.staged, before);
    return result;
  } catch (error) {
    return failHere(dataDir)(error);
  } finally {
    if (kept.staged !== null) await giveUp(dataDir, kept.staged);
    lock.release();
  }
}

async function stageCurrent(dataDir: string, sharing: Sharing | 'nothing'): Promise<Staged> {
  if (sharing === 'nothing') return stageGeneration(dataDir, null, 'links');
  return stageGeneration(dataDir, await currentFolder(dataDir), sharing);
}

/** What a user can do about the disk is said; anything else is passed on. */
function failHere(dataDir: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) throw error;
    const isElsewhere = 'path' in error && !isWithin(String(error.path), resolve(dataDir));
    const known = isElsewhere
      ? { why: error.message, remedy: 'See that you may read that.' }
      : (DISK[String(error.code)] ?? { why: error.message, remedy: OTHER });
    throw llemError('LLEM_E_INSTALL', `The plugins in ${dataDir} cannot be changed: ${known.why}.`, {
      remedy: `${known.remedy} What was installed before is unchanged.`,
      cause: error,
    });
  };
}

/** In the folder, or above it: that has to be made. */
function isWithin(path: string, folder: string): boolean {
  return path.startsWith(folder) || folder.startsWith(path);
}

const NO_RIGHT = {
  why: 'there is no permission to write',
  remedy: 'See who owns that folder, or name another with XDG_DATA_HOME.',
};
const OTHER = 'See what is there, or name another folder with XDG_DATA_HOME.';
const NO_ROOM = { why: 'the disk is full', remedy: 'Make room.' };
const DISK: Readonly<Record<string, { readonly why: string; readonly remedy: string }>> = {
  EACCES: NO_RIGHT,
  EPERM: NO_RIGHT,
  EROFS: NO_RIGHT,
  ENOSPC: NO_ROOM,
  EDQUOT: NO_ROOM,
  EEXIST: { why: 'something that is no folder is in the way', remedy: 'Look there, and remove it.' },
  ENOTDIR: { why: 'something that is no folder is in the way', remedy: 'Look there, and remove it.' },
};
