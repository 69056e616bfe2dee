/** Settings of the command line laid over a study, and the study as it was carried out, to be repeated. */
import { executionSchema, IN_WORDS, llemError, type Execution, type RunnerChoice } from '@llem/core';
import { stringify } from 'yaml';
import { quote } from './problems.js';
import type { Study } from './study.js';

/** What a command may set over the study. */
export interface StudyOverrides {
  readonly cycles?: number | undefined;
  readonly order?: Execution['order'] | undefined;
  /** True leaves the pauses between runs and between cycles out. */
  readonly noGaps?: boolean | undefined;
}

/** The study with the overrides applied; no experiment changes its id. Throws LLEM_E_USAGE. */
export function overrideStudy(study: Study, { cycles, order, noGaps = false }: StudyOverrides): Study {
  const result = executionSchema.safeParse(
    {
      ...study.execution,
      ...(cycles === undefined ? {} : withCycles(study.execution, cycles)),
      ...(order === undefined ? {} : { order }),
      ...(noGaps ? { gaps: { ...study.execution.gaps, between_runs_s: 0, between_cycles_s: 0 } } : {}),
    },
    IN_WORDS,
  );
  if (result.success) {
    const origins = {
      ...study.origins,
      ...(cycles === undefined ? {} : { 'execution.cycles': '--cycles' }),
      ...(order === undefined ? {} : { 'execution.order': '--order' }),
      ...(noGaps ? { 'execution.gaps.between_runs_s': '--no-gaps' } : {}),
    };
    return { ...study, execution: result.data, origins };
  }
  const [issue] = result.error.issues;
  const setting = String(issue?.path[0] ?? 'cycles');
  const given = { cycles, order }[setting];
  throw llemError('LLEM_E_USAGE', `--${setting} ${quote(given)}: ${issue?.message ?? 'not valid'}.`, {
    remedy: 'Give it a valid value, or leave it out to use that of the study.',
  });
}

/** So many cycles; with `precision` at least so many, and where that is more than it was to add, its limit gives way. */
function withCycles({ max_cycles: most }: Execution, cycles: number): Partial<Execution> {
  return { cycles, ...(most === undefined ? {} : { max_cycles: Math.max(most, cycles) }) };
}

/** What is known of a study beyond its own settings once it is carried out. */
export interface Resolution {
  /** Those that flags, environment and configuration decided on; they replace the study's. */
  readonly runners?: Readonly<Record<string, RunnerChoice>>;
  /**
   * Absolute path of the folder that relative paths in the study are meant from. It is told in a comment: a path stays as
   * it was written, since it is part of what an experiment asks for and so of its id.
   */
  readonly folder?: string;
}

/** The study as YAML with everything applied. Read again, it gives the same experiments with the same ids in the same order. */
export function resolvedStudyYaml(study: Study, { runners, folder }: Resolution = {}): string {
  const { base, sweep, groups, experiments } = study.written;
  const allRunners = { ...study.runners, ...runners };
  const settings = {
    name: study.name,
    ...base,
    ...(sweep.length === 0
      ? {}
      : { sweep: Object.fromEntries(sweep.map(({ path, values }) => [path, values])) }),
    ...(groups.length === 0
      ? {}
      : { groups: Object.fromEntries(groups.map(({ name, alternatives }) => [name, alternatives])) }),
    ...(experiments.length === 0 ? {} : { experiments }),
    ...(Object.keys(allRunners).length === 0 ? {} : { runners: allRunners }),
    execution: study.execution,
    energy: study.energy,
  };
  const yaml = stringify(settings, { lineWidth: 0, aliasDuplicateObjects: false });
  return folder === undefined
    ? yaml
    : `${FOLDER_LINE.before}${JSON.stringify(folder)}${FOLDER_LINE.after}${yaml}`;
}

const FOLDER_LINE = { before: '# Relative paths are meant from ', after: '.\n' };

/** The folder that the relative paths of a resolved study are meant from; null where it does not say. */
export function folderOfResolved(yaml: string): string | null {
  const { before, after } = FOLDER_LINE;
  if (!yaml.startsWith(before)) return null;
  try {
    const folder: unknown = JSON.parse(yaml.slice(before.length, yaml.indexOf(after, before.length)));
    return typeof folder === 'string' ? folder : null;
  } catch {
    return null;
  }
}
