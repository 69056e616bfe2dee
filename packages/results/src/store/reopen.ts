/** An interrupted study's directory, made fit to go on: locked, its journal repaired, what was measured but not noted adopted. */
import { constants } from 'node:fs';
import { open, readdir, readFile, unlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  IN_WORDS,
  recordSchema,
  runKey,
  type JsonObject,
  type PastAttempt,
  type Plan,
  type PlannedRun,
  type RunRecord,
} from '@llem/core';
import { appendLine, replaceFile } from './durable.js';
import { errnoOf, readError, storing } from './failure.js';
import {
  isRunEntry,
  journalLine,
  parseJournal,
  sinceAnew,
  type JournalEntry,
  type RunEntry,
} from './journal.js';
import { FILES, isPlainName, RUN_FILES } from './layout.js';
import { lockDirectory } from './lock.js';
import { deriveManifest } from './manifest.js';
import { preflightFile, readPreflight, type PreflightEntry } from './preflight-file.js';
import { endOf, runStoreIn, toJson, type StudyStore } from './run-store.js';
import { readStudyFiles } from './study-dir.js';

export interface ReopenedStudy {
  /** Absolute path. */
  readonly dir: string;
  readonly plan: Plan;
  readonly resolvedText: string;
  /** Of the invocations so far, the first one first. */
  readonly provenance: readonly JsonObject[];
  /** What was repaired or adopted, in sentences. */
  readonly notices: readonly string[];
  /** The attempts that have ended, in the order in which they did; since failed runs were last taken up, where they were. */
  readonly past: readonly PastAttempt[];
  /** Keeps what the new invocation has found, whatever follows from it. Throws LLEM_E_STORE. */
  notePreflight(entry: PreflightEntry): Promise<void>;
  /**
   * Notes the new invocation; `plan` and `resolvedText` replace those on disk where they differ. `anew`: it takes up what failed
   * or was given up. Throws LLEM_E_STORE.
   */
  begin(next: {
    plan: Plan;
    resolvedText: string;
    provenance: JsonObject;
    anew: boolean;
  }): Promise<StudyStore>;
  /** Gives the directory free again. */
  close(): Promise<void>;
}

/** Throws LLEM_E_RESULTS where it is no result directory or has lost its journal, LLEM_E_STORE where another llem writes it. */
export async function reopenStudy(path: string): Promise<ReopenedStudy> {
  const dir = resolve(path);
  // Before the lock: it must not leave anything in a folder that is none of ours.
  await readStudyFiles(dir);
  const again = `\`llem resume ${dir}\``;
  const lock = await storing(`lock ${dir}`, () => lockDirectory(dir), again);
  try {
    const { plan } = await readStudyFiles(dir);
    const resolvedText = await readWhole(dir, FILES.resolved);
    await readWhole(dir, FILES.journal);
    const { entries, notices } = await storing(`repair ${dir}`, () => repaired(dir, plan), again);
    const found = await readPreflight(dir);
    if (found === null) notices.push(`${FILES.preflight} cannot be read, and is begun anew.`);
    return {
      dir,
      plan,
      resolvedText,
      provenance: entries.flatMap((entry) => (entry.event === 'study' ? [entry.provenance] : [])),
      past: sinceAnew(entries).filter(isRunEntry).flatMap(pastOf),
      notices,
      notePreflight: (entry) =>
        storing(
          `write ${FILES.preflight} into ${dir}`,
          () => replaceFile(join(dir, FILES.preflight), toJson(preflightFile([...(found ?? []), entry]))),
          again,
        ),
      begin: (next) =>
        storing(
          `write the study into ${dir}`,
          async () => {
            const { studyName, studyHash } = plan;
            const t = new Date().toISOString();
            const begin: JournalEntry = {
              t,
              event: 'study',
              studyName,
              studyHash,
              provenance: next.provenance,
              ...(next.anew ? { anew: true } : {}),
            };
            // The plan last: with an older one than the resolved study the runs are those of the plan.
            if (next.resolvedText !== resolvedText)
              await replaceFile(join(dir, FILES.resolved), next.resolvedText);
            if (toJson(next.plan) !== toJson(plan))
              await replaceFile(join(dir, FILES.plan), toJson(next.plan));
            await appendLine(join(dir, FILES.journal), journalLine(begin));
            return runStoreIn(dir, next.plan, [...entries, begin], lock);
          },
          again,
        ),
      close() {
        lock.release();
        return Promise.resolve();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

function pastOf({ event, experimentId, cycle, failureClass }: RunEntry): PastAttempt[] {
  if (event === 'started') return [];
  return [{ experimentId, cycle, status: event, failureClass: failureClass ?? null }];
}

/**
 * The runs of a plan without an answer: those that have failed, or were given up for others that had, only where they are
 * asked for. In the order of the plan.
 */
export function runsToDo(
  plan: Plan,
  statuses: readonly { experimentId: string; cycle: number; status: string }[],
  failedToo: boolean,
): PlannedRun[] {
  const undone = new Set(['waiting', 'open', 'interrupted', ...(failedToo ? ['failed', 'skipped'] : [])]);
  const status = new Map(statuses.map((run) => [runKey(run), run.status]));
  return plan.runs.filter((run) => undone.has(status.get(runKey(run)) ?? 'waiting'));
}

async function readWhole(dir: string, file: string): Promise<string> {
  return readFile(join(dir, file), 'utf8').catch((error: unknown) => {
    throw readError(
      `read ${join(dir, file)}`,
      error,
      `The study cannot go on without it: put the file back, or run the study anew.`,
    );
  });
}

async function repaired(dir: string, plan: Plan): Promise<{ entries: JournalEntry[]; notices: string[] }> {
  const path = join(dir, FILES.journal);
  const notices = await closeLastLine(path);
  const { entries, problems } = parseJournal(await readFile(path, 'utf8'));
  notices.push(...problems.map((problem) => `${FILES.journal}: ${problem}`));
  const ended = new Set(
    entries
      .filter(isRunEntry)
      .filter(({ event }) => event !== 'started')
      .map(({ runId }) => runId),
  );
  const open = entries.filter(isRunEntry).filter(({ runId }) => !ended.has(runId) && isPlainName(runId));
  for (const entry of open) {
    await removeTemporary(join(dir, FILES.runs, entry.runId));
    const record = await recordOnDisk(dir, plan, entry);
    if (!record) continue;
    const adopted = endOf(entry, record);
    await appendLine(path, journalLine(adopted));
    entries.push(adopted);
    notices.push(
      `${entry.runId} was on disk, whole, but not yet in the journal: it counts as ${record.status}.`,
    );
  }
  await removeTemporary(dir);
  await replaceFile(join(dir, FILES.manifest), toJson(deriveManifest(plan, entries)));
  return { entries, notices };
}

/** Cuts a torn last line off, or gives a whole one its newline: nothing else may ever be appended to it. */
async function closeLastLine(path: string): Promise<string[]> {
  const handle = await open(path, constants.O_RDWR);
  try {
    const bytes = await handle.readFile();
    const start = bytes.lastIndexOf('\n') + 1;
    if (start === bytes.length) return [];
    const { problems } = parseJournal(bytes.subarray(start).toString('utf8'));
    if (problems.length === 0) {
      await handle.write('\n', bytes.length);
      await handle.sync();
      return [];
    }
    await handle.truncate(start);
    await handle.sync();
    return [
      `The last line of ${FILES.journal} was torn and has been cut off; what it would have told counts as not done.`,
    ];
  } finally {
    await handle.close();
  }
}

/** The record of an attempt, which is the last thing written before the journal's line of its end; null without a whole one. */
async function recordOnDisk(dir: string, plan: Plan, entry: RunEntry): Promise<RunRecord | null> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(join(dir, FILES.runs, entry.runId, RUN_FILES.record), 'utf8'));
  } catch {
    return null;
  }
  const record = recordSchema.safeParse(value, IN_WORDS).data;
  const same =
    record?.studyHash === plan.studyHash &&
    record.runId === entry.runId &&
    record.experimentId === entry.experimentId &&
    record.cycle === entry.cycle &&
    record.attempt === entry.attempt;
  return same ? record : null;
}

/** What a killed writer left half-written. */
async function removeTemporary(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  });
  for (const name of names.filter((one) => /^\..+\.[0-9a-f]{12}\.tmp$/.test(one)))
    await unlink(join(folder, name));
}
