/** Reads a study: text or settings in, a checked Study out, every problem reported at once. */
import type { EnergySettings, Execution, JsonObject, JsonValue, RunnerChoice } from '@llem/core';
import { bindSettings } from './bound-settings.js';
import { installationOf, type StudyCatalog } from './catalog.js';
import { NO_DEFAULTS, type StudyDefaults } from './configuration.js';
import type { Environment } from './environment.js';
import { EXPERIMENT_KEYS, grammarOf, STUDY_KEYS, STUDY_SETTINGS, type Grammar } from './grammar.js';
import { readGroups, writeAlternative } from './groups.js';
import { readInherited, type ReadBase, type StudyFile } from './inheritance.js';
import { checkMeters, checkRunners } from './plugin-names.js';
import { checkAlternative, checkBase, readPoint, type StudyPoint } from './point.js';
import { Problems } from './problems.js';
import { backendOf, cross, refuseOverlaps, type Dimension, type Draft } from './product.js';
import { readSettings } from './settings-source.js';
import { explainUnknownSection, readAxes, readEntries, type Axis } from './sweep.js';
import {
  find,
  leaves,
  locate,
  mapToJson,
  nest,
  overlay,
  pick,
  toJson,
  type LocatedMap,
  type Position,
} from './tree.js';
import { unfold } from './unfold.js';
import { check } from './validation.js';

/** A checked study: plain data, from which a plan is made. */
export interface Study {
  readonly name: string;
  readonly execution: Execution;
  readonly energy: EnergySettings;
  /**
   * Where each setting of `execution` and `energy` comes from that is no default of its schema, by its dotted path: a
   * place in a file, or a flag.
   */
  readonly origins: Readonly<Record<string, string>>;
  readonly runners: Readonly<Record<string, RunnerChoice>>;
  /** Every experiment in its written order, the first axis slowest; equal ones not merged yet. */
  readonly points: readonly StudyPoint[];
  /** What the points were made from, nested, without defaults. */
  readonly written: {
    readonly base: JsonObject;
    readonly sweep: readonly { readonly path: string; readonly values: readonly JsonValue[] }[];
    readonly groups: readonly { readonly name: string; readonly alternatives: readonly JsonObject[] }[];
    readonly experiments: readonly JsonObject[];
  };
}

/** A study file, and how to read those that it inherits from; without that `base:` is refused. */
export interface StudySource extends StudyFile {
  readonly readBase?: ReadBase;
}

/**
 * The study of a file, with `defaults` where neither it nor what it inherits says something. The environment is asked for the
 * variables that it names; the study has them as they are written. Throws LLEM_E_STUDY with every problem, each on a line
 * of its own with line and column.
 */
export function loadStudy(
  { readBase, ...file }: StudySource,
  catalog: StudyCatalog,
  environment: Environment = {},
  defaults: StudyDefaults = NO_DEFAULTS,
): Study {
  const grammar = grammarOf(catalog);
  const { root, source, problems } = readInherited(file, readBase, grammar);
  const bound = bindSettings(root, environment, grammar, problems);
  return readStudy(bound, grammar, problems, { defaults, placeOf: (at) => source.describe(at) });
}

/**
 * The study of settings without a file, nested or dotted; a study without a name is named after its model.
 * Throws LLEM_E_STUDY with every problem, each named by its dotted path.
 */
export function studyFromSettings(
  settings: JsonObject,
  catalog: StudyCatalog,
  environment: Environment = {},
  defaults: StudyDefaults = NO_DEFAULTS,
): Study {
  const model = settings['model'];
  const named =
    Object.hasOwn(settings, 'name') || typeof model !== 'string'
      ? settings
      : { name: nameAfter(model), ...settings };
  const { source, root } = readSettings(named);
  const grammar = grammarOf(catalog);
  const problems = new Problems(source);
  const unfolded = unfold(root, [grammar.studyPaths], problems);
  const base = unfolded.entries.get('base');
  if (base !== undefined) problems.add(base.keyAt, 'base: only a study file can inherit from another');
  const bound = bindSettings(unfolded, environment, grammar, problems);
  return readStudy(bound, grammar, problems, { defaults, placeOf: () => '--set' });
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

/** What is not in the settings themselves. */
interface Surroundings {
  readonly defaults: StudyDefaults;
  readonly placeOf: (at: Position) => string;
}

function readStudy(
  settings: LocatedMap,
  grammar: Grammar,
  problems: Problems,
  { defaults, placeOf }: Surroundings,
): Study {
  checkSections(settings, grammar, problems);
  const study = readStudySettings(settings, defaults, grammar, problems);

  const base = pick(settings, (key) => EXPERIMENT_KEYS.includes(key) || grammar.catalog.backends.has(key));
  const sweep = settings.entries.get('sweep');
  const named = settings.entries.get('groups');
  const list = settings.entries.get('experiments');
  const axes = sweep === undefined ? [] : readAxes(sweep.value, grammar, problems);
  const groups = named === undefined ? [] : readGroups(named.value, grammar, problems);
  const entries = list === undefined ? [] : readEntries(list.value, grammar, problems);
  const dimensions = [...axes.map(dimensionOf), ...groups];
  refuseOverlaps(dimensions, problems);

  const at = (sweep ?? named ?? list)?.keyAt ?? base.at;
  const most = study?.execution.max_experiments ?? SOON_CHECKED;
  const points = readPoints({ base, dimensions, entries, at }, most, grammar, problems);
  if (study === null || !problems.none) throw problems.toError();
  return {
    name: study.name,
    execution: study.execution,
    energy: study.energy,
    origins: { ...defaults.places, ...originsOf(settings, placeOf) },
    runners: study.runners ?? {},
    points,
    written: {
      base: mapToJson(base),
      sweep: axes.map((axis) => ({ path: axis.path.join('.'), values: axis.values.map(toJson) })),
      groups: groups.map(({ group, alternatives }) => ({
        name: group,
        alternatives: alternatives.map(writeAlternative),
      })),
      experiments: entries.map(mapToJson),
    },
  };
}

function checkSections(settings: LocatedMap, grammar: Grammar, problems: Problems): void {
  for (const [key, { keyAt }] of settings.entries) {
    if (grammar.keys.includes(key)) continue;
    const command = installationOf('backend', key, grammar.catalog.whyUnusable);
    problems.add(keyAt, explainUnknownSection(key, grammar.keys, grammar), command);
  }
}

function readStudySettings(
  settings: LocatedMap,
  defaults: StudyDefaults,
  grammar: Grammar,
  problems: Problems,
) {
  const own = pick(settings, (key) => STUDY_KEYS.includes(key));
  const runners = own.entries.get('runners');
  if (runners !== undefined) checkRunners(runners.value, grammar, problems);
  const meters = find(own, ['energy', 'meters']).node;
  if (meters !== null) checkMeters(meters, grammar, problems);
  // Defaults were checked where they were read; nothing can be wrong at their places.
  const whole = { ...overlay(locate(defaults.settings, own.at), own), at: own.at };
  return check(STUDY_SETTINGS, whole, problems, {
    path: [],
    settings: grammar.settings,
    // What is wrong with a runner was said better above.
    counts: (issue) => !(issue.path[0] === 'runners' && issue.path.length > 1),
  });
}

/** Where the settings of the study as a whole are written. */
function originsOf(settings: LocatedMap, placeOf: Surroundings['placeOf']): Record<string, string> {
  const own = pick(settings, (key) => ORIGINS_OF.includes(key));
  return Object.fromEntries(leaves(own).map(({ path, keyAt }) => [path.join('.'), placeOf(keyAt)]));
}

const ORIGINS_OF = ['execution', 'energy'];

interface Written {
  readonly base: LocatedMap;
  readonly dimensions: readonly Dimension[];
  readonly entries: readonly LocatedMap[];
  /** Where they begin that are too many. */
  readonly at: number;
}

function readPoints(written: Written, most: number, grammar: Grammar, problems: Problems): StudyPoint[] {
  const { base, dimensions, entries } = written;
  const product = cross(base, dimensions, grammar);
  const isCrossed = dimensions.length > 0 || entries.length === 0;
  const count = entries.length + (isCrossed ? product.count : 0);
  const drafts = function* (): Generator<Draft> {
    if (isCrossed) yield* product.drafts();
    for (const entry of entries) yield entryDraft(base, entry);
  };
  if (count > most) problems.add(written.at, tooMany(count, most));
  // Of many experiments first some that have every value there is: what is wrong with a value shows at once.
  if (count > SOON_CHECKED) for (const draft of product.samples()) readPoint(draft, grammar, problems);
  const points: StudyPoint[] = [];
  const used = new Set<string>();
  if (count <= SOON_CHECKED || problems.none) {
    for (const draft of drafts()) {
      const backend = backendOf(draft.settings);
      if (backend !== null) used.add(backend);
      const point = readPoint(draft, grammar, problems);
      if (point !== null) points.push(point);
    }
  } else {
    for (const backend of grammar.catalog.backends.keys()) used.add(backend);
  }
  checkBase(base, used, grammar, problems);
  for (const dimension of dimensions) {
    for (const one of product.unused(dimension)) checkAlternative(base, one, grammar, problems);
  }
  return points;
}

function dimensionOf({ path, keyAt, values }: Axis): Dimension {
  return {
    group: null,
    sets: [{ path, keyAt }],
    alternatives: values.map((value) => nest(path, keyAt, value)),
  };
}

/** An entry is laid over the base as it is. */
function entryDraft(base: LocatedMap, entry: LocatedMap): Draft {
  const settings = { ...overlay(base, entry), at: entry.at };
  return { settings, factors: entry, groups: new Map(), isEntry: true };
}

/** So many experiments are checked whole whatever is wrong with some of them. */
const SOON_CHECKED = 1_000;

function tooMany(count: number, most: number): string {
  const many = Number.isFinite(count) ? count.toLocaleString('en') : 'more than can be counted';
  return `the study has ${many} experiments; at most ${most.toLocaleString('en')} are planned: vary less at once, or raise execution.max_experiments`;
}
