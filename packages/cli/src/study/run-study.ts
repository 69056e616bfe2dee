/** `llem run` from the plan to the exit code: preflight, store, execute, summarise, show. */
import { EXIT, llemError, type Emit, type LlemEvent, type Plan, type RunnerChoice } from '@llem/core';
import {
  execute,
  preflight,
  type AskNeighbours,
  type ExecuteRequest,
  type Plugins,
  type PreflightReport,
  type StudyOutcome,
} from '@llem/harness';
import {
  createRunStore,
  readStudyDir,
  summarise,
  writeSummary,
  type PreflightEntry,
  type StudyStore,
  type Summary,
} from '@llem/results';
import { resolvedStudyYaml, type Concealment } from '@llem/study';
import { growthOf } from './adaptive-cycles.js';
import {
  CONCEALMENT,
  PLAN,
  PLUGIN_VERSIONS,
  PLUGINS,
  STUDY,
  type StudySource,
} from '../composition/study.js';
import type { Scope } from '../composition/scope.js';
import {
  concealedEmit,
  concealedError,
  concealedStore,
  withConcealedErrors,
} from '../environment/concealed.js';

export interface RunStudyRequest {
  readonly scope: Scope;
  readonly source: StudySource;
  /** Parent of the result directory. */
  readonly output: string;
  /** Told the result directory once it is there. */
  readonly onDirectory: (dir: string) => void;
  readonly neighbours: AskNeighbours | null;
  readonly emit: Emit;
  readonly signal: AbortSignal;
  readonly skipPreflight: boolean;
  /** Version of llem. */
  readonly version: string;
  /** The command as it was typed, for the record. */
  readonly commandLine: readonly string[];
}

export interface StudyRun {
  readonly dir: string;
  readonly summary: Summary;
  /** How it ended; else what ended it when runs had been recorded already, to be thrown once they have been shown. */
  readonly end: { readonly outcome: StudyOutcome } | { readonly error: unknown };
}

/**
 * Throws LLEM_E_PREFLIGHT, LLEM_E_INTERRUPTED before the first run, LLEM_E_STORE before the first record. A failed run
 * is no error.
 */
export function runStudy(request: RunStudyRequest): Promise<StudyRun> {
  return withConcealedErrors(request.scope.get(CONCEALMENT), () => started(request));
}

async function started(request: RunStudyRequest): Promise<StudyRun> {
  const { scope, signal, version, source } = request;
  const concealment = scope.get(CONCEALMENT);
  const emit = concealedEmit(request.emit, concealment);
  const plan = scope.get(PLAN);
  const plugins = scope.get(PLUGINS);
  const used = scope.get(PLUGIN_VERSIONS);
  const shared = { plan, plugins, emit, signal };

  const report = request.skipPreflight ? null : await lookAhead(shared, null);
  if (report) refuseFailed(report);
  if (signal.aborted) throw interrupted(null);

  const store = await createRunStore({
    parentDir: request.output,
    plan,
    studyText: source.kind === 'file' ? source.text : null,
    resolvedText: resolvedStudyYaml(scope.get(STUDY), {
      runners: decidedRunners(plan, plugins),
      folder: process.cwd(),
    }),
    provenance: { llem: version, node: process.version, plugins: used, command: request.commandLine },
    preflight: preflightEntry(report, request, concealment),
  });
  request.onDirectory(store.dir);
  return carriedOut(
    {
      ...shared,
      store,
      neighbours: request.neighbours,
      versions: { llem: version, plugins: used },
      ...(report ? { artifacts: report.artifacts } : {}),
    },
    plan,
    concealment,
  );
}

/** Executes, adds cycles where the study asks for precision, and sums up the whole of `plan`, of which the request may have a part. Closes the store. */
export async function carriedOut(
  request: Omit<ExecuteRequest, 'growth'> & { readonly store: StudyStore },
  plan: Plan,
  concealment: Concealment,
): Promise<StudyRun> {
  const { store, emit } = request;
  const growth = growthOf(plan, store, emit);
  const end: StudyRun['end'] = await execute({
    ...request,
    ...(growth ? { growth } : {}),
    store: concealedStore(store, concealment),
  }).then(
    (outcome) => ({ outcome }),
    (error: unknown) => ({ error: concealedError(error, concealment) }),
  );
  try {
    return await ('error' in end ? cutOff(store.dir, end.error) : summed(store.dir, end, emit));
  } finally {
    await store.close();
  }
}

/** The plan is the one on disk: cycles may have been added to it. */
export async function summed(dir: string, end: StudyRun['end'], emit: Emit): Promise<StudyRun> {
  const { plan, records, manifest, problems } = await readStudyDir(dir);
  for (const { file, message } of problems) emit(warningEvent(`${file}: ${message}`));
  const summary = summarise(plan, records, manifest);
  return writeSummary(dir, summary).then(
    () => ({ dir, summary, end }),
    // What was measured is shown all the same.
    (error: unknown) => ({ dir, summary, end: { error } }),
  );
}

/** After an error in the middle, a full disk for example: what was recorded until then, or the error where nothing was. */
async function cutOff(dir: string, error: unknown): Promise<StudyRun> {
  const read = await readStudyDir(dir).catch(() => null);
  if (read === null || read.records.length === 0) throw error;
  const summary = summarise(read.plan, read.records, read.manifest);
  // Of two troubles with one disk the first says enough; the summary can be made again from the records.
  await writeSummary(dir, summary).catch(() => undefined);
  return { dir, summary, end: { error } };
}

/** What preflight finds, good or bad. `dir` is the result directory where there is one already. */
export async function lookAhead(
  request: Parameters<typeof preflight>[0],
  dir: string | null,
): Promise<PreflightReport> {
  let report: PreflightReport;
  try {
    report = await preflight(request);
  } catch (error) {
    throw request.signal.aborted ? interrupted(dir) : error;
  }
  if (request.signal.aborted) throw interrupted(dir);
  return report;
}

/** Throws LLEM_E_PREFLIGHT where something was found that would end every run. */
export function refuseFailed({ ok, findings }: PreflightReport): void {
  if (!ok) throw preflightError(findings);
}

/** What is kept of a preflight, null for one that was skipped. */
export function preflightEntry(
  report: Pick<PreflightReport, 'findings'> | null,
  { version, commandLine }: Pick<RunStudyRequest, 'version' | 'commandLine'>,
  { text, word }: Concealment,
): PreflightEntry {
  const findings = report?.findings ?? [];
  return {
    at: new Date().toISOString(),
    llem: version,
    command: commandLine.map(word),
    skipped: report === null,
    findings: findings.map(({ id, status, message, remedy, absent }) => ({
      id,
      status,
      message: text(message),
      remedy: text(remedy),
      ...(absent === true ? { absent } : {}),
    })),
  };
}

/** One error for all that failed, each with its own remedy. */
export function preflightError(findings: PreflightReport['findings']): Error {
  const failed = findings.filter((finding) => finding.status === 'failed');
  const [only] = failed;
  if (failed.length === 1 && only) {
    return llemError('LLEM_E_PREFLIGHT', `${only.id}: ${only.message}`, { remedy: only.remedy });
  }
  const list = failed.map(({ id, message, remedy }) => `  ${id}: ${message}\n    what to do: ${remedy}`);
  return llemError('LLEM_E_PREFLIGHT', `${failed.length} checks failed:\n${list.join('\n')}`, {
    remedy: 'Do these, then run again. --skip-preflight starts without the checks.',
  });
}

export function interrupted(dir: string | null): Error {
  return llemError('LLEM_E_INTERRUPTED', 'Interrupted before the first run.', {
    remedy: dir === null ? 'Run the study again; nothing was measured.' : `Go on with: llem resume ${dir}`,
  });
}

/** The runner of each backend as flags, environment, study and configuration decided; an experiment's own stays its own. */
function decidedRunners(plan: Plan, plugins: Plugins): Record<string, RunnerChoice> {
  const left = plan.experiments.filter(({ runner }) => runner === null);
  return Object.fromEntries(
    left.map((experiment) => {
      const { type, options } = plugins.resolveRunner(experiment);
      return [experiment.backend, Object.keys(options).length === 0 ? type : { type, ...options }];
    }),
  );
}

/**
 * The exit code of a study that came to its end. An overloaded run is an answer like a completed one; runs are skipped
 * only after failed ones.
 */
export function exitCodeOfStudy(
  outcome: StudyOutcome,
  { verdict }: { readonly verdict: string },
  require: 'publishable' | undefined,
): number {
  if (outcome.interrupted) return EXIT.interrupted;
  if (outcome.completed + outcome.overloaded === 0) return EXIT.nothingCompleted;
  if (outcome.failed + outcome.skipped > 0) return EXIT.someFailed;
  if (require === 'publishable' && verdict !== 'publishable') return EXIT.notPublishable;
  return EXIT.ok;
}

/** A plugin that cannot be used, as an event. */
export function warningEvent(message: string): LlemEvent {
  return { type: 'notice', level: 'warning', message };
}
