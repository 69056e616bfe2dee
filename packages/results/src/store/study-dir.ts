/** A result directory as it is read back: plan, journal, and the records that count. */
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { IN_WORDS, issueText, llemError, recordSchema, type Plan, type RunRecord } from '@llem/core';
import { countingRecords } from './attempts.js';
import { errnoOf, readError } from './failure.js';
import { isRunEntry, parseJournal, type JournalEntry, type RunEntry } from './journal.js';
import { FILES, isPlainName, RUN_FILES } from './layout.js';
import { deriveManifest, type Manifest } from './manifest.js';
import { planSchema } from './plan-file.js';

/** Something in a result directory that could not be read and was left out. */
export interface Problem {
  /** Relative to the result directory. */
  readonly file: string;
  /** What is wrong, and what it means for the results. */
  readonly message: string;
}

export interface StudyResults {
  /** Absolute path. */
  readonly dir: string;
  readonly plan: Plan;
  /** Derived anew from the journal; manifest.json itself is not read. */
  readonly manifest: Manifest;
  /** One for each run that has ended: its last attempt that completed or was overloaded, else its last. In the order of the plan. */
  readonly records: readonly RunRecord[];
  /** The records of all attempts that have ended, in the order in which they did. */
  readonly attempts: readonly RunRecord[];
  readonly problems: readonly Problem[];
}

/** Reads a result directory. Throws LLEM_E_RESULTS where it is none; smaller damage is told in `problems`. */
export async function readStudyDir(path: string): Promise<StudyResults> {
  const { dir, plan, entries, problems } = await readStudyFiles(path);
  const attempts: RunRecord[] = [];
  for (const entry of endedAttempts(entries)) {
    const file = join(FILES.runs, entry.runId, RUN_FILES.record);
    const record = await readRecord(dir, file, entry, plan);
    if (typeof record === 'string') problems.push({ file, message: record });
    else attempts.push(record);
  }
  return {
    dir,
    plan,
    manifest: deriveManifest(plan, entries),
    records: countingRecords(plan, attempts),
    attempts,
    problems,
  };
}

/** What every result directory has: its plan and its journal. Throws LLEM_E_RESULTS. */
export async function readStudyFiles(
  path: string,
): Promise<{ dir: string; plan: Plan; entries: JournalEntry[]; problems: Problem[] }> {
  const dir = resolve(path);
  const plan = await readPlan(dir);
  let text = '';
  const problems: Problem[] = [];
  try {
    text = await readFile(join(dir, FILES.journal), 'utf8');
  } catch (error) {
    problems.push({
      file: FILES.journal,
      message: `It cannot be read (${errnoOf(error) ?? String(error)}); without it no run counts as done.`,
    });
  }
  const journal = parseJournal(text);
  problems.push(...journal.problems.map((message) => ({ file: FILES.journal, message })));
  return { dir, plan, entries: journal.entries, problems };
}

async function readPlan(dir: string): Promise<Plan> {
  const file = join(dir, FILES.plan);
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw noResults(dir, cause);
  }
  const plan = planSchema.safeParse(value, IN_WORDS);
  if (plan.success) return plan.data;
  throw llemError(
    'LLEM_E_RESULTS',
    `${file} is not a plan that this version of llem reads: ${issueText(plan.error.issues)}.`,
    {
      remedy: 'Read the directory with the version of llem that wrote it; manifest.json says which.',
      cause: plan.error,
    },
  );
}

function noResults(dir: string, cause: unknown) {
  if (!['ENOENT', 'ENOTDIR'].includes(errnoOf(cause) ?? '')) {
    return readError(
      `read ${join(dir, FILES.plan)}`,
      cause,
      'The file is damaged or not yours to read. The records under runs/ are whole files of their own.',
    );
  }
  return llemError('LLEM_E_RESULTS', `${dir} is not a result directory: there is no ${FILES.plan} in it.`, {
    remedy: 'Name a directory that a study left; `llem results list` shows those in ./results.',
    cause,
  });
}

/** The last line of each attempt that has ended. */
function endedAttempts(entries: readonly JournalEntry[]): RunEntry[] {
  const ended = entries.filter(isRunEntry).filter((entry) => entry.event !== 'started');
  return [...new Map(ended.map((entry) => [entry.runId, entry])).values()];
}

/** The record of an attempt, or why it cannot be used. */
async function readRecord(
  dir: string,
  file: string,
  entry: RunEntry,
  plan: Plan,
): Promise<RunRecord | string> {
  if (!isPlainName(entry.runId))
    return 'The journal names a run outside the directory; the line is left out.';
  let value: unknown;
  try {
    value = JSON.parse(await readFile(join(dir, file), 'utf8'));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT')
      return 'The journal names this record but it is gone; the run is left out.';
    return `The record cannot be read (${error instanceof Error ? error.message : String(error)}); the run is left out.`;
  }
  const record = recordSchema.safeParse(value, IN_WORDS);
  if (!record.success) {
    return `The record is not one that this version of llem reads, and the run is left out: ${issueText(record.error.issues)}.`;
  }
  const { runId, experimentId, cycle, studyHash } = record.data;
  if (
    studyHash !== plan.studyHash ||
    runId !== entry.runId ||
    experimentId !== entry.experimentId ||
    cycle !== entry.cycle
  ) {
    return 'The record is of another run or study than its place says; the run is left out.';
  }
  return record.data;
}
