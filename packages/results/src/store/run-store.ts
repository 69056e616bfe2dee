/** RunStore: a new result directory, and the runs in a directory as they happen. */
import { join, resolve } from 'node:path';
import {
  IN_WORDS,
  issueText,
  llemError,
  recordSchema,
  runKey,
  type JsonObject,
  type Plan,
  type PlannedRun,
  type RunFolder,
  type RunRecord,
  type RunStore,
  type RunTables,
} from '@llem/core';
import { appendLine, createFolder, ensureFolder, replaceFile } from './durable.js';
import { errnoOf, storing } from './failure.js';
import { isRunEntry, journalLine, type JournalEntry, type RunEntry, type SkippedEntry } from './journal.js';
import { FILES, RUN_FILES, runFolderName, studyFolderName } from './layout.js';
import type { Lock } from './folder-lock.js';
import { lockDirectory } from './lock.js';
import { deriveManifest } from './manifest.js';
import { toParquet } from './parquet.js';
import { preflightFile, type PreflightEntry } from './preflight-file.js';

export interface RunStoreOptions {
  /** Made where it is missing; the result directory is made in it. */
  readonly parentDir: string;
  readonly plan: Plan;
  /** The study file as its author wrote it; null when there was none. */
  readonly studyText: string | null;
  /** The study with flags, environment and configuration applied: what repeats it. */
  readonly resolvedText: string;
  /** Versions, command line, seeds. Goes into the journal and from there into the manifest. */
  readonly provenance: JsonObject;
  /** What was found before. */
  readonly preflight: PreflightEntry;
  /** The start of the study, which names the directory. Default: now. */
  readonly now?: Date;
}

/** The store of a directory that nobody else writes until it is closed, or this process ends. */
export interface StudyStore extends RunStore {
  /** Puts runs at the end of the plan, on disk before this resolves. Throws LLEM_E_STORE. */
  addRuns(runs: readonly PlannedRun[]): Promise<void>;
  close(): Promise<void>;
}

/**
 * Makes `<parentDir>/<study>_<UTC>/`, a directory of its own even where two studies start in one second. plan.json is
 * written last: a directory that has it has the rest. Throws LLEM_E_STORE.
 */
export async function createRunStore(options: RunStoreOptions): Promise<StudyStore> {
  const { plan } = options;
  const parentDir = resolve(options.parentDir);
  const started = options.now ?? new Date();
  const dir = await storing(`make a result directory in ${parentDir}`, async () => {
    await ensureFolder(parentDir);
    return createNumbered((occurrence) =>
      join(parentDir, studyFolderName(plan.studyName, started, occurrence)),
    );
  });
  const begin: JournalEntry = {
    t: started.toISOString(),
    event: 'study',
    studyName: plan.studyName,
    studyHash: plan.studyHash,
    provenance: options.provenance,
  };
  const lock = await storing(`write the study into ${dir}`, async () => {
    const taken = await lockDirectory(dir);
    await createFolder(join(dir, FILES.runs));
    if (options.studyText !== null) await replaceFile(join(dir, FILES.study), options.studyText);
    await replaceFile(join(dir, FILES.resolved), options.resolvedText);
    await replaceFile(join(dir, FILES.preflight), toJson(preflightFile([options.preflight])));
    await replaceFile(join(dir, FILES.journal), `${journalLine(begin)}\n`);
    await replaceFile(join(dir, FILES.manifest), toJson(deriveManifest(plan, [begin])));
    await replaceFile(join(dir, FILES.plan), toJson(plan));
    return taken;
  });
  return runStoreIn(dir, plan, [begin], lock);
}

/** The store of a directory whose journal so far is `journal`. Its operations are done one after the other. */
export function runStoreIn(
  dir: string,
  begun: Plan,
  journal: readonly JournalEntry[],
  lock: Lock,
): StudyStore {
  const entries = [...journal];
  let plan = begun;
  const inTurn = queue();
  const opened = new Map<string, RunEntry>();

  const note = async (...noted: (RunEntry | SkippedEntry)[]): Promise<void> => {
    await appendLine(join(dir, FILES.journal), noted.map(journalLine).join('\n'));
    entries.push(...noted);
  };
  const writeManifest = () => replaceFile(join(dir, FILES.manifest), toJson(deriveManifest(plan, entries)));

  const openRun = async (run: PlannedRun): Promise<RunFolder> => {
    const past = entries.filter(isRunEntry).filter((entry) => runKey(entry) === runKey(run));
    let attempt = Math.max(0, ...past.map((entry) => entry.attempt));
    const path = await createNumbered(() => join(dir, FILES.runs, runFolderName(run, (attempt += 1))));
    const runId = runFolderName(run, attempt);
    const { experimentId, cycle } = run;
    const entry: RunEntry = { t: now(), event: 'started', runId, experimentId, cycle, attempt };
    await note(entry);
    await writeManifest();
    opened.set(runId, entry);
    return { runId, attempt, path, logPath: join(path, RUN_FILES.engineLog) };
  };

  const commitRun = async (
    folder: RunFolder,
    record: RunRecord,
    { requests, samples, tokens }: RunTables,
  ): Promise<void> => {
    const start = opened.get(folder.runId);
    if (!start) throw fault(folder.runId, 'it is not open: it was never opened here, or is already on disk');
    // The tables first, whatever the record is like: they are what was measured and cannot be made again.
    await replaceFile(join(folder.path, RUN_FILES.requests), toParquet(RUN_FILES.requests, requests));
    await replaceFile(join(folder.path, RUN_FILES.samples), toParquet(RUN_FILES.samples, samples));
    if (tokens) await replaceFile(join(folder.path, RUN_FILES.tokens), toParquet(RUN_FILES.tokens, tokens));
    await replaceFile(join(folder.path, RUN_FILES.record), toJson(checked(record, start)));
    await note(endOf(start, record));
    opened.delete(folder.runId);
    await writeManifest();
  };

  const skipRuns = async (runs: readonly PlannedRun[], reason: string): Promise<void> => {
    const t = now();
    await note(
      ...runs.map(({ experimentId, cycle }) => ({
        t,
        event: 'skipped' as const,
        experimentId,
        cycle,
        reason,
      })),
    );
    await writeManifest();
  };

  // The plan before the manifest, which is derived from it.
  const addRuns = async (runs: readonly PlannedRun[]): Promise<void> => {
    const longer = { ...plan, runs: [...plan.runs, ...runs] };
    await replaceFile(join(dir, FILES.plan), toJson(longer));
    plan = longer;
    await writeManifest();
  };

  const again = `\`llem resume ${dir}\``;
  return {
    dir,
    addRuns: (runs) =>
      inTurn(() => storing(`add ${runs.length} runs to the plan in ${dir}`, () => addRuns(runs), again)),
    openRun: (run) =>
      inTurn(() => storing(`open run ${run.position} of the study in ${dir}`, () => openRun(run), again)),
    commitRun: (folder, record, tables) =>
      inTurn(() => storing(`store the run ${folder.path}`, () => commitRun(folder, record, tables), again)),
    skipRuns: (runs, reason) =>
      inTurn(() => storing(`note in ${dir} that runs are given up`, () => skipRuns(runs, reason), again)),
    close: () =>
      inTurn(() => {
        lock.release();
        return Promise.resolve();
      }),
  };
}

/** The journal's line of the end of an attempt, by its record. */
export function endOf(start: RunEntry, { status, failure }: Pick<RunRecord, 'status' | 'failure'>): RunEntry {
  const failed = status === 'failed' && failure ? { failureClass: failure.class } : {};
  return { ...start, t: now(), event: status, ...failed };
}

/** The record as its schema has it, and of the run it is said to be of. */
function checked(record: RunRecord, start: RunEntry): RunRecord {
  const parsed = recordSchema.safeParse(record, IN_WORDS);
  if (!parsed.success) throw fault(start.runId, `its record is not valid: ${issueText(parsed.error.issues)}`);
  for (const key of ['runId', 'experimentId', 'cycle', 'attempt'] as const) {
    if (parsed.data[key] !== start[key]) {
      throw fault(
        start.runId,
        `its record is of another run: ${key} is ${parsed.data[key]}, not ${start[key]}`,
      );
    }
  }
  return parsed.data;
}

function fault(runId: string, why: string) {
  return llemError('LLEM_E_STORE', `The run ${runId} cannot be stored: ${why}.`, {
    remedy: 'This is a fault of llem, not of the study. Please report it with the result directory.',
  });
}

/** Makes the first of a row of folders that does not exist yet; mkdir itself decides, so that two never share one. */
async function createNumbered(path: (occurrence: number) => string): Promise<string> {
  for (let occurrence = 1; ; occurrence += 1) {
    const candidate = path(occurrence);
    try {
      await createFolder(candidate);
      return candidate;
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST' || occurrence >= MAX_OCCURRENCES) throw error;
    }
  }
}
const MAX_OCCURRENCES = 1_000;

const now = (): string => new Date().toISOString();
export const toJson = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

function queue(): <T>(job: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (job) => {
    const result = last.then(job);
    last = result.catch(() => undefined);
    return result;
  };
}
