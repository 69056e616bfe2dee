/** The result directories in a folder. */
import { readdir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { isLlemError, type RunRecord } from '@llem/core';
import { errnoOf, readError } from './failure.js';
import { FILES } from './layout.js';
import { readStudyDir, type Problem } from './study-dir.js';

export interface StudyListing {
  readonly name: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** Absolute path. */
  readonly dir: string;
  /** As their records tell it; null where the plan cannot be read. */
  readonly runs: {
    readonly planned: number;
    readonly completed: number;
    readonly overloaded: number;
    readonly failed: number;
    /** As the journal tells it. */
    readonly skipped: number;
  } | null;
  /** Complete: every planned run has completed, was overloaded, has failed or was skipped. Damaged: something in it cannot be read. */
  readonly state: 'complete' | 'unfinished' | 'damaged';
  /** What cannot be read; empty unless it is damaged. */
  readonly problems: readonly Problem[];
}

/**
 * The studies in a folder, newest first, each read whole. What is no result directory is passed over, and a folder that does not exist
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
  const plan = await stat(join(dir, FILES.plan)).catch(() => null);
  // The plan is written last when a study begins: a folder without one is none of ours, or nothing yet.
  if (!plan) return null;
  const common = { dir, startedAt: plan.mtime.toISOString() };
  try {
    const read = await readStudyDir(dir);
    const { startedAt, state, counts } = read.manifest;
    const count = (status: RunRecord['status']) =>
      read.records.filter((record) => record.status === status).length;
    return {
      ...common,
      name: read.plan.studyName,
      // The time of the plan serves where the journal is lost.
      startedAt: startedAt ?? common.startedAt,
      runs: {
        planned: counts.planned,
        completed: count('completed'),
        overloaded: count('overloaded'),
        failed: count('failed'),
        skipped: counts.skipped,
      },
      state: read.problems.length > 0 ? 'damaged' : state,
      problems: read.problems,
    };
  } catch (error) {
    if (!isLlemError(error)) throw error;
    const problems = [{ file: FILES.plan, message: error.message }];
    return { ...common, name: basename(dir), runs: null, state: 'damaged', problems };
  }
}

/** By start; of two that started together, the one that got the later name first. */
function newestFirst(a: StudyListing, b: StudyListing): number {
  if (a.startedAt !== b.startedAt) return a.startedAt < b.startedAt ? 1 : -1;
  return basename(b.dir).localeCompare(basename(a.dir), 'en', { numeric: true });
}
