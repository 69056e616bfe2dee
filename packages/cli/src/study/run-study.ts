/** `llem run` from the plan to the exit code: preflight, store, execute, summarise, show. */
import { EXIT, llemError, type Emit, type LlemEvent, type Plan, type RunnerChoice } from '@llem/core';
import { execute, preflight, type Plugins, type PreflightReport, type StudyOutcome } from '@llem/harness';
import { createRunStore, readStudyDir, summarise, writeSummary, type Summary } from '@llem/results';
import { resolvedStudyYaml } from '@llem/study';
import { PLAN, PLUGIN_VERSIONS, PLUGINS, STUDY, type StudySource } from '../composition/study.js';
import type { Scope } from '../composition/scope.js';

export interface RunStudyRequest {
  readonly scope: Scope;
  readonly source: StudySource;
  /** Parent of the result directory. */
  readonly output: string;
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
  readonly outcome: StudyOutcome;
  readonly summary: Summary;
}

/** Throws LLEM_E_PREFLIGHT, LLEM_E_INTERRUPTED before the first run, LLEM_E_STORE. A failed run is no error. */
export async function runStudy(request: RunStudyRequest): Promise<StudyRun> {
  const { scope, emit, signal, version, source } = request;
  const plan = scope.get(PLAN);
  const plugins = scope.get(PLUGINS);
  const used = scope.get(PLUGIN_VERSIONS);
  const shared = { plan, plugins, emit, signal };

  const report = request.skipPreflight ? null : await checked(shared);
  if (signal.aborted) throw interrupted();

  const store = await createRunStore({
    parentDir: request.output,
    plan,
    studyText: source.kind === 'file' ? source.text : null,
    resolvedText: resolvedStudyYaml(scope.get(STUDY), {
      runners: decidedRunners(plan, plugins),
      folder: process.cwd(),
    }),
    provenance: { llem: version, node: process.version, plugins: used, command: request.commandLine },
  });
  const outcome = await execute({
    ...shared,
    store,
    versions: { llem: version, plugins: used },
    ...(report ? { artifacts: report.artifacts } : {}),
  });
  const { records, problems } = await readStudyDir(store.dir);
  for (const { file, message } of problems) emit(warningEvent(`${file}: ${message}`));
  const summary = summarise(plan, records);
  await writeSummary(store.dir, summary);
  return { dir: store.dir, outcome, summary };
}

async function checked(request: Parameters<typeof preflight>[0]): Promise<PreflightReport> {
  let report: PreflightReport;
  try {
    report = await preflight(request);
  } catch (error) {
    throw request.signal.aborted ? interrupted() : error;
  }
  if (report.ok) return report;
  throw preflightError(report.findings);
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

function interrupted(): Error {
  return llemError('LLEM_E_INTERRUPTED', 'Interrupted before the first run.', {
    remedy: 'Run the study again; nothing was measured.',
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

/** The exit code of a study that came to its end. */
export function exitCodeOfStudy(
  { outcome, summary }: { readonly outcome: StudyOutcome; readonly summary: { readonly verdict: string } },
  require: 'publishable' | undefined,
): number {
  if (outcome.interrupted) return EXIT.interrupted;
  if (outcome.completed === 0) return EXIT.nothingCompleted;
  if (outcome.failed > 0) return EXIT.someFailed;
  if (require === 'publishable' && summary.verdict !== 'publishable') return EXIT.notPublishable;
  return EXIT.ok;
}

/** A plugin that cannot be used, as an event. */
export function warningEvent(message: string): LlemEvent {
  return { type: 'notice', level: 'warning', message };
}
