/** The result directories in a folder. */
import { readdir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { isLlemError } from '@llem/core';
import { errnoOf, readError } from './failure.js';
import { FILES } from './layout.js';
import { deriveManifest } from './manifest.js';
import { readStudyFiles } from './study-dir.js';

export interface StudyListing {
  readonly name: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** Absolute path. */
  readonly dir: string;
  readonly runs: { readonly planned: number; readonly completed: number; readonly failed: number };
  /** Complete: every planned run has completed or failed. */
  readonly state: 'complete' | 'unfinished';
}

/**
 * The studies in a folder, newest first. What is no result directory is passed over, and a folder that does not exist
 * holds none. Throws LLEM_E_RESULTS where the folder itself cannot be read.
 */
export async function listStudies(parentDir: string): Promise<StudyListing[]> {
  const parent = resolve(parentDir);
  let names: string[];
  try {
    names = await readdir(parent);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw readError(
      `list the studies in ${parent}`,
      error,
      'Name a directory that you may read with --output.',
    );
  }
  const listings: StudyListing[] = [];
  for (const name of names) {
    const listing = await listingOf(join(parent, name));
    if (listing) listings.push(listing);
  }
  return listings.sort(newestFirst);
}

async function listingOf(dir: string): Promise<StudyListing | null> {
  try {
    const { plan, entries } = await readStudyFiles(dir);
    const { counts, state, startedAt } = deriveManifest(plan, entries);
    const { planned, completed, failed } = counts;
    return {
      name: plan.studyName,
      // The plan is written once, when the study begins: its time serves where the journal is lost.
      startedAt: startedAt ?? (await stat(join(dir, FILES.plan))).mtime.toISOString(),
      dir,
      runs: { planned, completed, failed },
      state,
    };
  } catch (error) {
    if (isLlemError(error) || errnoOf(error) !== null) return null;
    throw error;
  }
}

/** By start; of two that started together, the one that got the later name first. */
function newestFirst(a: StudyListing, b: StudyListing): number {
  if (a.startedAt !== b.startedAt) return a.startedAt < b.startedAt ? 1 : -1;
  return basename(b.dir).localeCompare(basename(a.dir), 'en', { numeric: true });
}
