/** Checks the settings of one experiment and fills in the defaults. */
import {
  isJsonObject,
  llemError,
  type ExperimentSettings,
  type JsonObject,
  type JsonValue,
} from '@llem/core';
import { explainUnknown, installationOf, installedIds } from './catalog.js';
import { EXPERIMENT_KEYS, EXPERIMENT_SETTINGS, type Grammar } from './grammar.js';
import { checkDataset, checkRunner } from './plugin-names.js';
import type { Problems } from './problems.js';
import { backendOf, type Draft } from './product.js';
import { refuseOtherSections } from './sweep.js';
import {
  find,
  leaves,
  mapToJson,
  overlay,
  pick,
  toJson,
  type Located,
  type LocatedMap,
  type Path,
} from './tree.js';
import { check, type CheckOptions } from './validation.js';
import { kindKeyAt } from './variants.js';

/** The settings of one experiment: a point of the sweep or an entry of `experiments`. */
export interface StudyPoint {
  /** As merged and asked for, nested, without defaults and without the sections of other backends. */
  readonly asked: JsonObject;
  /** What this experiment sets on top of the base: by dotted path, and what it takes from a group by the group's name. */
  readonly factors: Readonly<Record<string, JsonValue>>;
  /** The same with the settings of the groups one by one, by dotted path. */
  readonly sets: Readonly<Record<string, JsonValue>>;
  /** Core's settings, every default filled in. */
  readonly settings: ExperimentSettings;
  /** The engine's section as its backend resolved it. */
  readonly options: JsonObject;
}

/** Sections of core in which an empty mapping asks for nothing. */
const CORE_SECTIONS: ReadonlySet<string> = new Set(['workload', 'measure']);

const DATASET: Path = ['workload', 'dataset'];

/** The point of a draft; null when something is wrong with it, which is then in `problems`. */
export function readPoint(draft: Draft, grammar: Grammar, problems: Problems): StudyPoint | null {
  const settings = checkExperiment(draft.settings, grammar, problems);
  const backend = draft.settings.entries.get('backend')?.value;
  if (backend?.kind !== 'scalar' || typeof backend.value !== 'string') return null;
  const { backends, whyUnusable } = grammar.catalog;
  const schema = backends.get(backend.value);
  if (schema === undefined) {
    problems.add(
      backend.at,
      explainUnknown('backend', backend.value, installedIds(grammar.catalog, 'backend'), whyUnusable),
      installationOf('backend', backend.value, whyUnusable),
    );
    return null;
  }
  if (draft.isEntry) refuseOtherSections(draft.factors, backendOf(draft.settings), grammar, problems);
  const section = sectionOf(draft.settings, backend.value, backend);
  const options = check(schema, section, problems, { path: [backend.value], settings: grammar.settings });
  if (settings === null || options === null) return null;
  if (!isJsonValue(options) || !isJsonObject(options)) {
    throw llemError(
      'LLEM_E_PLUGIN_BROKEN',
      `The options of the backend "${backend.value}" are no JSON object.`,
      {
        remedy: 'Update the plugin, or tell its author: `parse` returns plain data.',
      },
    );
  }
  const id = backend.value;
  const own = pick(draft.settings, (key) => key === id || EXPERIMENT_KEYS.includes(key));
  return {
    asked: mapToJson(withoutEmpty(own, id)),
    ...factorsOf(draft),
    settings,
    options,
  };
}

function factorsOf({ factors, groups }: Draft): Pick<StudyPoint, 'factors' | 'sets'> {
  const own = flat(factors);
  if (groups.size === 0) return { factors: own, sets: own };
  const ofGroups = [...groups].map(([name, settings]) => [name, flat(settings)] as const);
  return {
    factors: { ...own, ...Object.fromEntries(ofGroups) },
    sets: Object.fromEntries(
      [own, ...ofGroups.map(([, settings]) => settings)].flatMap(Object.entries<JsonValue>),
    ),
  };
}

function flat(settings: LocatedMap): JsonObject {
  return Object.fromEntries(
    leaves(settings, statesItsKind).map(({ path, value }) => [path.join('.'), toJson(value)]),
  );
}

/** A load or a data set that says what it is is one value of one setting, not a setting for each of its keys. */
function statesItsKind(path: Path, value: LocatedMap): boolean {
  const kindKey = path[0] === 'workload' ? kindKeyAt(path) : null;
  return kindKey !== null && value.entries.has(kindKey) && value.entries.size > 1;
}

function checkExperiment(
  settings: LocatedMap,
  grammar: Grammar,
  problems: Problems,
  counts?: CheckOptions['counts'],
): ExperimentSettings | null {
  const runner = settings.entries.get('runner')?.value;
  if (runner !== undefined) checkRunner(runner, ['runner'], grammar, problems);
  const dataset = find(settings, DATASET).node;
  const isNamed = dataset !== null && checkDataset(dataset, DATASET, grammar, problems, counts);
  const own = pick(settings, (key) => EXPERIMENT_KEYS.includes(key));
  return check(EXPERIMENT_SETTINGS, own, problems, {
    path: [],
    settings: grammar.settings,
    // What is wrong with a runner or a data set was said better above.
    counts: (issue) =>
      !(issue.path[0] === 'runner' && runner !== undefined) &&
      !(isNamed && DATASET.every((step, index) => issue.path[index] === step)) &&
      (counts?.(issue) ?? true),
  });
}

/**
 * Checks the base by itself: what every experiment replaces, and the sections that none uses, are wrong all the same.
 * What a sweep or an entry may supply may be missing.
 */
export function checkBase(
  base: LocatedMap,
  used: ReadonlySet<string>,
  grammar: Grammar,
  problems: Problems,
): void {
  // What does not fit together here may do so in the experiments; those are checked whole.
  checkExperiment(base, grammar, problems, ({ kind }) => kind !== 'missing' && kind !== 'rule');
  for (const [backend, schema] of grammar.catalog.backends) {
    const section = base.entries.get(backend)?.value;
    if (section === undefined) continue;
    check(schema, section, problems, {
      path: [backend],
      settings: grammar.settings,
      counts: ({ kind }) => kind === 'unknown-key' || (kind !== 'missing' && !used.has(backend)),
    });
  }
}

/** Checks an alternative that no experiment has, on top of the base. */
export function checkAlternative(
  base: LocatedMap,
  alternative: LocatedMap,
  grammar: Grammar,
  problems: Problems,
): void {
  const settings = overlay(base, alternative);
  const paths = leaves(alternative).map(({ path }) => path);
  const countsUnder = (section: string | null): CheckOptions['counts'] => {
    const own =
      section === null ? paths : paths.flatMap(([first, ...rest]) => (first === section ? [rest] : []));
    return (issue) => own.some((path) => path.every((step, index) => issue.path[index] === step));
  };
  for (const [section, { value }] of alternative.entries) {
    const schema = EXPERIMENT_KEYS.includes(section) ? undefined : grammar.catalog.backends.get(section);
    if (schema === undefined) {
      checkExperiment(settings, grammar, problems, countsUnder(null));
    } else {
      const options = { path: [section], settings: grammar.settings, counts: countsUnder(section) };
      check(schema, sectionOf(settings, section, value), problems, options);
    }
  }
}

function sectionOf(settings: LocatedMap, backend: string, otherwiseAt: Located): Located {
  return settings.entries.get(backend)?.value ?? { kind: 'map', at: otherwiseAt.at, entries: new Map() };
}

/** Without sections that hold nothing: they ask for nothing. */
function withoutEmpty(settings: LocatedMap, backend: string): LocatedMap {
  const entries = [...settings.entries].flatMap(([key, entry]) => {
    const { value } = entry;
    if (value.kind !== 'map' || (key !== backend && !CORE_SECTIONS.has(key))) return [[key, entry] as const];
    const inner = CORE_SECTIONS.has(key) ? withoutEmptyMaps(value) : value;
    return inner.entries.size === 0 ? [] : [[key, { ...entry, value: inner }] as const];
  });
  return { ...settings, entries: new Map(entries) };
}

function withoutEmptyMaps(map: LocatedMap): LocatedMap {
  return {
    ...map,
    entries: new Map(
      [...map.entries].filter(([, { value }]) => value.kind !== 'map' || value.entries.size > 0),
    ),
  };
}

function isJsonValue(value: unknown): value is JsonValue {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (Array.isArray(value)) return value.every(isJsonValue);
  return (
    typeof value === 'object' &&
    Object.values(value).every((inner) => inner === undefined || isJsonValue(inner))
  );
}
