/** Checks the settings of one experiment and fills in the defaults. */
import {
  isJsonObject,
  llemError,
  type ExperimentSettings,
  type JsonObject,
  type JsonValue,
} from '@llem/core';
import { explainUnknown } from './catalog.js';
import { EXPERIMENT_KEYS, EXPERIMENT_SETTINGS, type Grammar } from './grammar.js';
import { checkDataset, checkRunner } from './plugin-names.js';
import { showPath, type Problems } from './problems.js';
import type { Axis, Draft } from './sweep.js';
import {
  find,
  leaves,
  mapToJson,
  nest,
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
  /** What this experiment sets on top of the base, by dotted path. */
  readonly factors: Readonly<Record<string, JsonValue>>;
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
  const schema = grammar.catalog.backends.get(backend.value);
  if (schema === undefined) {
    problems.add(backend.at, explainUnknown('backend', backend.value, grammar.catalog.backends.keys()));
    return null;
  }
  if (draft.isEntry) refuseOtherSections(draft.factors, backend.value, grammar, problems);
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
    factors: Object.fromEntries(
      leaves(draft.factors, statesItsKind).map(({ path, value }) => [path.join('.'), toJson(value)]),
    ),
    settings,
    options,
  };
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

/** An entry that sets something for a backend that it does not use would have no effect there. */
function refuseOtherSections(entry: LocatedMap, backend: string, grammar: Grammar, problems: Problems): void {
  for (const [key, { keyAt }] of entry.entries) {
    if (key === backend || EXPERIMENT_KEYS.includes(key) || !grammar.catalog.backends.has(key)) continue;
    problems.add(
      keyAt,
      `${showPath([key])} has no effect here: the backend of this experiment is ${backend}`,
    );
  }
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

/** Checks the values of an axis one by one on top of the base, for axes that are crossed with too much or with nothing. */
export function checkAxis(base: LocatedMap, axis: Axis, grammar: Grammar, problems: Problems): void {
  const [section = '', ...inside] = axis.path;
  const schema = EXPERIMENT_KEYS.includes(section) ? undefined : grammar.catalog.backends.get(section);
  const ownPath = schema === undefined ? axis.path : inside;
  const counts: CheckOptions['counts'] = (issue) =>
    ownPath.every((step, index) => issue.path[index] === step);
  for (const value of axis.values) {
    const settings = overlay(base, nest(axis.path, axis.keyAt, value));
    if (schema === undefined) {
      checkExperiment(settings, grammar, problems, counts);
    } else {
      const options = { path: [section], settings: grammar.settings, counts };
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
