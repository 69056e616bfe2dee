/** Settings of the command line laid over a study, and the study as it was carried out, to be repeated. */
import { llemError, studySettingsSchema, type Execution, type RunnerChoice } from '@llem/core';
import { stringify } from 'yaml';
import { quote } from './problems.js';
import type { Study } from './study.js';

/** What a command may set over the study. */
export interface StudyOverrides {
  readonly cycles?: number | undefined;
  readonly order?: Execution['order'] | undefined;
  readonly name?: string | undefined;
}

/** The study with the overrides applied; no experiment changes its id. Throws LLEM_E_USAGE. */
export function overrideStudy(study: Study, { cycles, order, name }: StudyOverrides): Study {
  const result = studySettingsSchema.safeParse({
    name: name ?? study.name,
    execution: {
      ...study.execution,
      ...(cycles === undefined ? {} : { cycles }),
      ...(order === undefined ? {} : { order }),
    },
  });
  if (result.success) return { ...study, name: result.data.name, execution: result.data.execution };
  const [issue] = result.error.issues;
  const setting = String(issue?.path.at(-1) ?? 'name');
  const given = { cycles, order, name }[setting];
  throw llemError('LLEM_E_USAGE', `--${setting} ${quote(given)}: ${issue?.message ?? 'not valid'}.`, {
    remedy: 'Give it a valid value, or leave it out to use that of the study.',
  });
}

/**
 * The study as YAML with everything applied. Read again, it gives the same experiments with the same ids in the same order.
 * `runners` are those that flags, environment and configuration decided on; they replace the study's.
 */
export function resolvedStudyYaml(
  study: Study,
  { runners }: { readonly runners?: Readonly<Record<string, RunnerChoice>> } = {},
): string {
  const { base, sweep, experiments } = study.written;
  const allRunners = { ...study.runners, ...runners };
  const settings = {
    name: study.name,
    ...base,
    ...(sweep.length === 0
      ? {}
      : { sweep: Object.fromEntries(sweep.map(({ path, values }) => [path, values])) }),
    ...(experiments.length === 0 ? {} : { experiments }),
    ...(Object.keys(allRunners).length === 0 ? {} : { runners: allRunners }),
    execution: study.execution,
    energy: study.energy,
  };
  return stringify(settings, { lineWidth: 0, aliasDuplicateObjects: false });
}
