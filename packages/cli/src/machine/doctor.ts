/** Every check of this machine and of every installed plugin, with a verdict: can llem measure anything here? */
import { failed, PLUGIN_KINDS, warning, type Check, type Finding, type PluginKind } from '@llem/core';
import type { PluginModules } from '../plugins/modules.js';
import { findingsOf, type DoctorFinding } from './findings.js';
import { oneLine, WIDTH, wrap, type Paint } from '../terminal/text.js';

/** A check that takes longer hangs, and so does what puts right what it finds, in milliseconds. */
const CHECK_LIMIT_MS = 30_000;

export interface DoctorRequest {
  readonly modules: PluginModules;
  /** The checks of llem itself. */
  readonly own: readonly Check[];
  /** Puts right what can be, and looks again. */
  readonly fix: boolean;
  /** In milliseconds, for a check without a limit of its own. */
  readonly limitMs?: number;
}

/** The findings about llem itself or about one plugin. */
export interface Examined {
  /** `llem` or `backend llamacpp`. */
  readonly subject: string;
  readonly kind: PluginKind | null;
  readonly findings: readonly DoctorFinding[];
}

export interface Diagnosis {
  readonly examined: readonly Examined[];
  /** Kinds of which a study needs one and nothing here works. */
  readonly missing: readonly PluginKind[];
  /** Titles of the checks of llem itself that failed: they stop every study. */
  readonly stopped: readonly string[];
}

export function canMeasure({ missing, stopped }: Diagnosis): boolean {
  return missing.length === 0 && stopped.length === 0;
}

/** A study cannot do without one of each. */
const NEEDED: readonly PluginKind[] = ['backend', 'runner', 'dataset', 'meter'];

/** Never rejects: what is wrong is a finding. */
export async function examine({
  modules,
  own,
  fix,
  limitMs = CHECK_LIMIT_MS,
}: DoctorRequest): Promise<Diagnosis> {
  const look = (checks: readonly Check[]) => findingsOf(checks, { fix, limitMs });
  const ownFindings = await look(own);
  const examined: Examined[] = [{ subject: 'llem', kind: null, findings: ownFindings }];
  for (const problem of modules.discovery.problems) {
    const finding = { id: 'plugin', title: 'Plugin', ...failed(problem.message, problem.remedy) };
    examined.push({ subject: `plugin ${problem.package}`, kind: null, findings: [finding] });
  }
  for (const { kind, id } of modules.discovery.provided) {
    const findings = await look(await checksOf(modules, kind, id));
    examined.push({ subject: `${kind} ${id}`, kind, findings });
  }
  const works = (one: Examined) => one.findings.every(({ status }) => status !== 'failed');
  const usable = new Set(examined.filter(works).map(({ kind }) => kind));
  return {
    examined,
    missing: NEEDED.filter((kind) => !usable.has(kind)),
    stopped: ownFindings.filter(({ status }) => status === 'failed').map(({ title }) => title),
  };
}

async function checksOf(modules: PluginModules, kind: PluginKind, id: string): Promise<readonly Check[]> {
  const finding = (result: Finding): Check[] => [
    { id: `${id}.load`, title: 'Loads', run: () => Promise.resolve(result) },
  ];
  try {
    const module = await modules.load(kind, id);
    const options = module.options.parse({});
    if (!options.ok) {
      return finding(
        warning('It needs options, so that only a study can check it.', `See \`llem catalog ${id}\`.`),
      );
    }
    // A data set has nothing to check before it is asked for prompts.
    if (kind === 'dataset') return [];
    if (kind === 'backend') return modules.create(kind, id, options.value).checks('process');
    if (kind === 'runner') return modules.create(kind, id, options.value).checks([]);
    return modules.create(kind, id, options.value).checks();
  } catch (error) {
    const remedy: unknown = error instanceof Error ? Reflect.get(error, 'remedy') : null;
    const message = error instanceof Error ? error.message : String(error);
    return finding(failed(message, typeof remedy === 'string' ? remedy : 'Update or uninstall the plugin.'));
  }
}

export function diagnosisText(diagnosis: Diagnosis, paint: Paint): string {
  const { examined, missing, stopped } = diagnosis;
  const mark = {
    ok: paint.good('ok     '),
    warning: paint.caution('warning'),
    failed: paint.bad('failed '),
    absent: 'absent ',
  };
  const sections = [...examined]
    .sort((a, b) => order(a) - order(b))
    .map(({ subject, findings }) => {
      const lines = findings.flatMap(({ status, absent, title, message, remedy, done }) => [
        `  ${mark[absent === true ? 'absent' : status]}  ${hanging(`${title}: ${oneLine(message)}`)}`,
        ...(done === undefined ? [] : [`           ${hanging(`what was done: ${oneLine(done)}`)}`]),
        ...(status === 'ok' || remedy === ''
          ? []
          : [`           ${hanging(`what to do: ${oneLine(remedy)}`)}`]),
      ]);
      return [paint.bold(subject), ...(lines.length === 0 ? ['  nothing to check'] : lines)].join('\n');
    });
  const reasons = [
    ...stopped.map((title) => `${title} failed`),
    ...(missing.length === 0 ? [] : [`no ${missing.map(nounOf).join(' and no ')} works`]),
  ];
  const verdict = canMeasure(diagnosis)
    ? 'llem can measure here.'
    : `llem cannot measure here: ${reasons.join(', ')}. Do what is said above.`;
  return [...sections, verdict].join('\n\n');
}

function nounOf(kind: PluginKind): string {
  return kind === 'dataset' ? 'data set' : kind;
}

/** Wrapped under the text that begins in column 12. */
function hanging(text: string): string {
  return wrap(text, WIDTH - 11)
    .split('\n')
    .join(`\n${' '.repeat(11)}`);
}

function order({ kind }: Examined): number {
  return kind === null ? -1 : PLUGIN_KINDS.indexOf(kind);
}
