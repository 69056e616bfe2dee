/** Reads a study: text or settings in, a checked Study out, every problem reported at once. */
import type { EnergySettings, Execution, JsonObject, JsonValue, RunnerChoice } from '@llem/core';
import type { StudyCatalog } from './catalog.js';
import { EXPERIMENT_KEYS, grammarOf, STUDY_KEYS, STUDY_SETTINGS, type Grammar } from './grammar.js';
import { checkMeters, checkRunners } from './plugin-names.js';
import { checkAxis, checkBase, readPoint, type StudyPoint } from './point.js';
import { Problems, type SettingsSource } from './problems.js';
import { readSettings } from './settings-source.js';
import {
  applies,
  countDrafts,
  expand,
  explainUnknownSection,
  MOST_EXPERIMENTS,
  readAxes,
  readEntries,
  type Axis,
  type Draft,
} from './sweep.js';
import { find, mapToJson, pick, toJson, type LocatedMap } from './tree.js';
import { unfold } from './unfold.js';
import { check } from './validation.js';
import { readYaml } from './yaml-source.js';

/** A checked study: plain data, from which a plan is made. */
export interface Study {
  readonly name: string;
  readonly execution: Execution;
  readonly energy: EnergySettings;
  readonly runners: Readonly<Record<string, RunnerChoice>>;
  /** Every experiment in its written order, the first axis slowest; equal ones not merged yet. */
  readonly points: readonly StudyPoint[];
  /** What the points were made from, nested, without defaults. */
  readonly written: {
    readonly base: JsonObject;
    readonly sweep: readonly { readonly path: string; readonly values: readonly JsonValue[] }[];
    readonly experiments: readonly JsonObject[];
  };
}

/** A study file: its text, and its path as messages shall name it. */
export interface StudySource {
  readonly text: string;
  readonly path: string;
}

/** The study of a file. Throws LLEM_E_STUDY with every problem, each on a line of its own with line and column. */
export function loadStudy({ text, path }: StudySource, catalog: StudyCatalog): Study {
  const { source, root } = readYaml(text, path);
  return readStudy(root, source, catalog);
}

/**
 * The study of settings without a file, nested or dotted; a study without a name is named after its model.
 * Throws LLEM_E_STUDY with every problem, each named by its dotted path.
 */
export function studyFromSettings(settings: JsonObject, catalog: StudyCatalog): Study {
  const model = settings['model'];
  const named =
    Object.hasOwn(settings, 'name') || typeof model !== 'string'
      ? settings
      : { name: nameAfter(model), ...settings };
  const { source, root } = readSettings(named);
  return readStudy(root, source, catalog);
}

/** The last part of a model's name as the name of a study. */
function nameAfter(model: string): string {
  const last = model.split(/[/\\]/).findLast((part) => part !== '') ?? '';
  const plain = last
    .replace(/\.gguf$/i, '')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 64);
  return plain === '' ? 'study' : plain;
}

function readStudy(root: LocatedMap, source: SettingsSource, catalog: StudyCatalog): Study {
  const problems = new Problems(source);
  const grammar = grammarOf(catalog);
  const settings = unfold(root, [grammar.studyPaths], problems);
  checkSections(settings, grammar, problems);
  const study = readStudySettings(settings, grammar, problems);

  const base = pick(settings, (key) => EXPERIMENT_KEYS.includes(key) || catalog.backends.has(key));
  const sweep = settings.entries.get('sweep');
  const list = settings.entries.get('experiments');
  const axes = sweep === undefined ? [] : readAxes(sweep.value, grammar, problems);
  const entries = list === undefined ? [] : readEntries(list.value, grammar, problems);

  const points = readPoints(base, axes, entries, (sweep ?? list)?.keyAt ?? base.at, grammar, problems);
  if (study === null || !problems.none) throw problems.toError();
  return {
    name: study.name,
    execution: study.execution,
    energy: study.energy,
    runners: study.runners ?? {},
    points,
    written: {
      base: mapToJson(base),
      sweep: axes.map((axis) => ({ path: axis.path.join('.'), values: axis.values.map(toJson) })),
      experiments: entries.map(mapToJson),
    },
  };
}

function checkSections(settings: LocatedMap, grammar: Grammar, problems: Problems): void {
  for (const [key, { keyAt }] of settings.entries) {
    if (grammar.keys.includes(key)) continue;
    problems.add(keyAt, explainUnknownSection(key, grammar.keys, grammar));
  }
}

function readStudySettings(settings: LocatedMap, grammar: Grammar, problems: Problems) {
  const own = pick(settings, (key) => STUDY_KEYS.includes(key));
  const runners = own.entries.get('runners');
  if (runners !== undefined) checkRunners(runners.value, grammar, problems);
  const meters = find(own, ['energy', 'meters']).node;
  if (meters !== null) checkMeters(meters, grammar, problems);
  return check(STUDY_SETTINGS, own, problems, {
    path: [],
    settings: grammar.settings,
    // What is wrong with a runner was said better above.
    counts: (issue) => !(issue.path[0] === 'runners' && issue.path.length > 1),
  });
}

function readPoints(
  base: LocatedMap,
  axes: readonly Axis[],
  entries: readonly LocatedMap[],
  at: number,
  grammar: Grammar,
  problems: Problems,
): StudyPoint[] {
  const count = countDrafts(base, axes, entries.length, grammar);
  if (count > MOST_EXPERIMENTS) {
    problems.add(
      at,
      `the study has ${count.toLocaleString('en')} experiments; at most ${MOST_EXPERIMENTS.toLocaleString('en')} are planned: sweep less at once`,
    );
    checkBase(base, new Set(grammar.catalog.backends.keys()), grammar, problems);
    for (const axis of axes) {
      checkAxis(base, { ...axis, values: axis.values.slice(0, MOST_EXPERIMENTS) }, grammar, problems);
    }
    return [];
  }
  const drafts = expand(base, axes, entries, grammar);
  const points = drafts.flatMap((draft) => readPoint(draft, grammar, problems) ?? []);
  checkBase(base, new Set(drafts.flatMap(backendOf)), grammar, problems);
  const isCrossed = (axis: Axis) =>
    drafts.some(({ settings }) => applies(axis, settings.entries.get('backend')?.value, grammar));
  for (const axis of axes) {
    if (!isCrossed(axis)) checkAxis(base, axis, grammar, problems);
  }
  return points;
}

function backendOf({ settings }: Draft): string[] {
  const value = settings.entries.get('backend')?.value;
  return value?.kind === 'scalar' && typeof value.value === 'string' ? [value.value] : [];
}
