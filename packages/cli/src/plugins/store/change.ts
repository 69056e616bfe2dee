/** A change of the installed plugins: all of it, or nothing. */
import { mkdir, stat } from 'node:fs/promises';
import { llemError } from '@llem/core';
import { ifThere } from './absent.js';
import { putInEffect, remove, removeLeftovers, stageGeneration } from './generations.js';
import { holdStore, tryHoldStore } from './hold.js';
import type { Sharing } from './tree.js';

export interface ChangeRequest {
  /** oclif's folder for what llem keeps. */
  readonly dataDir: string;
  /** As others are told who have to wait. */
  readonly command: string;
  /** How the copy comes by what is installed now; without it by hard links. `nothing`: it begins empty. */
  readonly sharing?: Sharing | 'nothing';
}

/**
 * Has `edit` change a copy, which takes effect once it says so. Whatever goes wrong before, and whenever the process ends,
 * what was installed stays. Throws LLEM_E_BUSY, and what `edit` throws.
 */
export async function changeStore<T extends { readonly accepted: boolean }>(
  { dataDir, command, sharing = 'links' }: ChangeRequest,
  edit: (staged: string) => Promise<T>,
): Promise<T> {
  await mkdir(dataDir, { recursive: true }).catch(failHere(dataDir));
  const lock = await holdStore(dataDir, command);
  try {
    await removeLeftovers(dataDir);
    const staged = await stageGeneration(dataDir, sharing);
    try {
      const result = await edit(staged);
      if (result.accepted) await putInEffect(dataDir, staged);
      return result;
    } finally {
      await remove(staged);
    }
  } catch (error) {
    return failHere(dataDir)(error);
  } finally {
    lock.release();
  }
}

/** What a user can do about the disk is said; anything else is passed on. */
function failHere(dataDir: string): (error: unknown) => never {
  return (error) => {
    const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : null;
    const known = DISK[String(code)];
    if (known === undefined) throw error;
    throw llemError('LLEM_E_INSTALL', `The plugins in ${dataDir} cannot be changed: ${known.why}.`, {
      remedy: `${known.remedy} What was installed before is unchanged.`,
      cause: error,
    });
  };
}

const NO_RIGHT = {
  why: 'there is no permission to write',
  remedy: 'See who owns that folder, or name another with XDG_DATA_HOME.',
};
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

/** Removes what an interrupted change has left, unless one goes on. */
export async function tidyStore(dataDir: string, command: string): Promise<void> {
  if ((await ifThere(stat(dataDir))) === null) return;
  const lock = await tryHoldStore(dataDir, command);
  if (lock === null) return;
  try {
    await removeLeftovers(dataDir);
  } finally {
    lock.release();
  }
}
