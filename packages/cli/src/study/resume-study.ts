/** `llem resume`: what is left of the study in a result directory, carried out from that directory alone. */
import { chdir } from 'node:process';
import { isJsonObject, llemError, runKey, type Emit, type Plan } from '@llem/core';
import { cyclesOf, readStudyDir, reopenStudy, runsToDo, wantsCycle, type ReopenedStudy } from '@llem/results';
import { folderOfResolved, resolvedStudyYaml } from '@llem/study';
import type { Scope } from '../composition/scope.js';
import { composeStudy, CONCEALMENT, PLAN, PLUGIN_VERSIONS, PLUGINS, STUDY } from '../composition/study.js';
import { concealedEmit, withConcealedErrors } from '../environment/concealed.js';
import { holdForStudy } from './hold-study.js';
import {
  carriedOut,
  interrupted,
  lookAhead,
  preflightEntry,
  refuseFailed,
  summed,
  warningEvent,
  type StudyRun,
} from './run-study.js';

export interface ResumeStudyRequest {
  readonly root: Scope;
  /** The result directory. */
  readonly dir: string;
  /** How many cycles the study is to have; undefined leaves it as it is. */
  readonly cycles: number | undefined;
  /** Whether failed runs are tried again, and those that were skipped after them. */
  readonly failed: boolean;
  /** Waits while another study measures on this machine; without, that is an error. */
  readonly wait: boolean;
  readonly emit: Emit;
  readonly signal: AbortSignal;
  readonly skipPreflight: boolean;
  /** Version of llem. */
  readonly version: string;
  /** The command as it was typed, for the record. */
  readonly commandLine: readonly string[];
}

/** Throws what `runStudy` does; LLEM_E_RESULTS where there is nothing to resume, LLEM_E_STORE where another llem is at it. */
export async function resumeStudy(request: ResumeStudyRequest): Promise<StudyRun> {
  const reopened = await reopenStudy(request.dir);
  try {
    for (const message of reopened.notices) request.emit(warningEvent(message));
    return await resumed(reopened, request);
  } finally {
    await reopened.close();
  }
}

async function resumed(reopened: ReopenedStudy, request: ResumeStudyRequest): Promise<StudyRun> {
  const { emit } = request;
  const { dir, resolvedText } = reopened;
  const cycles = request.cycles ?? reopened.plan.execution.cycles;
  if (request.cycles !== undefined && cycles < cyclesOf(reopened.plan)) {
    throw llemError(
      'LLEM_E_USAGE',
      `--cycles ${cycles}: the study has ${cyclesOf(reopened.plan)} cycles already.`,
      {
        remedy:
          'Give the number of cycles that it is to have in all, or leave it out to finish those it has.',
      },
    );
  }
  const folder = folderOfResolved(resolvedText);
  if (folder !== null) enter(folder, emit);

  const scope = await composeStudy(request.root, {
    source: {
      kind: 'file',
      path: `${dir}/resolved.yaml`,
      text: resolvedText,
      readBase: () => 'a resolved study inherits from nothing',
    },
    overrides: { cycles },
    runners: {},
    isResolved: true,
    revise: (planned) => continued(reopened.plan, planned, dir),
    warn: (message) => emit(warningEvent(message)),
  });
  return withConcealedErrors(scope.get(CONCEALMENT), () => goneOn(scope, reopened, request, folder));
}

/** What is left of the study, once it has been read. `folder`: the one that its relative paths are meant from. */
async function goneOn(
  scope: Scope,
  reopened: ReopenedStudy,
  request: ResumeStudyRequest,
  folder: string | null,
): Promise<StudyRun> {
  const { signal, version } = request;
  const { dir, resolvedText } = reopened;
  const concealment = scope.get(CONCEALMENT);
  const emit = concealedEmit(request.emit, concealment);
  const plan = scope.get(PLAN);
  const used = scope.get(PLUGIN_VERSIONS);
  for (const message of otherVersions(reopened, { '@llem/cli': version, ...used }))
    emit(warningEvent(message));

  const { manifest, records } = await readStudyDir(dir);
  const runs = runsToDo(plan, manifest.runs, request.failed);
  emit({
    type: 'notice',
    level: 'info',
    message: `${plan.runs.length - runs.length} of ${plan.runs.length} runs are done; ${runs.length} to go.`,
  });
  if (runs.length === 0 && !wantsCycle(plan, records)) {
    return summed(
      dir,
      { outcome: { completed: 0, overloaded: 0, failed: 0, skipped: 0, interrupted: false } },
      emit,
    );
  }
  const left = new Set(runs.map(({ experimentId }) => experimentId));
  // A cycle that is added has all experiments.
  const mayGrow = plan.execution.precision !== undefined;
  const experiments = plan.experiments.filter(({ id }) => mayGrow || left.has(id));
  const rest: Plan = { ...plan, runs, experiments };
  const shared = { plan: rest, plugins: scope.get(PLUGINS), emit, signal };
  const hold = await holdForStudy({ scope, dir, wait: request.wait, emit, signal }).catch(
    (error: unknown) => {
      throw signal.aborted ? interrupted(dir) : error;
    },
  );
  try {
    const report = request.skipPreflight ? null : await lookAhead(shared, dir);
    if (signal.aborted) throw interrupted(dir);
    await reopened.notePreflight(preflightEntry(report, request, concealment));
    if (report) refuseFailed(report);
    const extended = plan.execution.cycles > reopened.plan.execution.cycles;
    const store = await reopened.begin({
      plan,
      resolvedText: extended
        ? resolvedStudyYaml(scope.get(STUDY), folder === null ? {} : { folder })
        : resolvedText,
      provenance: { llem: version, node: process.version, plugins: used, command: request.commandLine },
      anew: request.failed,
    });
    return await carriedOut(
      {
        ...shared,
        store,
        neighbours: hold.neighbours,
        // What was given up is taken up again from scratch where failed runs are.
        past: request.failed ? [] : reopened.past,
        versions: { llem: version, plugins: used },
        ...(report ? { artifacts: report.artifacts } : {}),
      },
      plan,
      concealment,
    );
  } finally {
    hold.release();
  }
}

/** Relative paths are part of what an experiment asks for and stay as they were written, so llem goes where they are meant from. */
function enter(folder: string, emit: Emit): void {
  try {
    chdir(folder);
  } catch {
    emit(
      warningEvent(
        `The folder that relative paths of the study are meant from, ${folder}, cannot be entered: they are taken from here.`,
      ),
    );
  }
}

/**
 * The plan to go on with: the stored one, whose experiments have the options that the runs so far were measured with,
 * and after its runs those of new cycles. Throws LLEM_E_RESULTS where the study is another.
 */
function continued(stored: Plan, planned: Plan, dir: string): Plan {
  if (planned.studyHash !== stored.studyHash) {
    throw llemError(
      'LLEM_E_RESULTS',
      `${dir} cannot be resumed: resolved.yaml makes study ${planned.studyHash} here, but the runs so far are of ${stored.studyHash}.`,
      {
        remedy:
          'Undo what changed resolved.yaml. If nothing did, another version of a plugin, or another machine, leaves other experiments out: `llem plan` with resolved.yaml tells which. Otherwise run it as a new study.',
      },
    );
  }
  const known = new Set(stored.runs.map(runKey));
  const added = planned.runs.filter((run) => !known.has(runKey(run)));
  const last = stored.runs.length;
  return {
    ...stored,
    runs: [...stored.runs, ...added.map((run, index) => ({ ...run, position: last + index + 1 }))],
    execution: { ...stored.execution, ...cyclesAsked(planned) },
    runners: planned.runners,
  };
}

function cyclesAsked({ execution: { cycles, max_cycles: most } }: Plan): Partial<Plan['execution']> {
  return { cycles, ...(most === undefined ? {} : { max_cycles: most }) };
}

/** What is of another version than at the start of the study, by package: such runs may differ for that alone. */
function otherVersions(
  { provenance: [first] }: ReopenedStudy,
  now: Readonly<Record<string, string>>,
): string[] {
  const plugins = first?.['plugins'];
  const before: Readonly<Record<string, unknown>> = {
    '@llem/cli': first?.['llem'],
    ...(isJsonObject(plugins) ? plugins : {}),
  };
  return Object.entries(now).flatMap(([name, version]) => {
    const earlier = before[name];
    return typeof earlier === 'string' && earlier !== version
      ? [`${name} was ${earlier} when the study began and is ${version} now: runs may differ for that alone.`]
      : [];
  });
}
