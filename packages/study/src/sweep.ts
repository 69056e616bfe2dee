/** Reads `sweep:` into axes, and the entries of `experiments:`. */
import { explainSection, installationOf, installedIds } from './catalog.js';
import { EXPERIMENT_KEYS, STUDY_KEYS, type Grammar } from './grammar.js';
import { showPath, type Problems } from './problems.js';
import { isRange, rangeValues } from './range.js';
import { schemasAt } from './schema-walk.js';
import { leaves, type Leaf, type Located, type LocatedMap, type Path, type Position } from './tree.js';
import { unfold, unfoldValue } from './unfold.js';
import { explainUnknownKey } from './validation.js';

/** Most settings of one sweep: crossing more than ten with two values each is over every limit of experiments. */
const MOST_AXES = 100;

/** One swept setting with its values. */
export interface Axis {
  readonly path: Path;
  readonly keyAt: Position;
  readonly values: readonly Located[];
}

/** The axes of an unfolded `sweep:`. */
export function readAxes(sweep: Located, grammar: Grammar, problems: Problems): Axis[] {
  if (sweep.kind !== 'map' || sweep.entries.size === 0) {
    problems.add(
      sweep.at,
      'sweep: expected settings with lists of values, such as "workload.concurrency: [1, 8]"',
    );
    return [];
  }
  const swept = settingsIn(sweep, grammar);
  if (swept.length > MOST_AXES) {
    problems.add(sweep.at, `sweep: ${swept.length} settings are swept; at most ${MOST_AXES} can be`);
    return [];
  }
  const known = swept.filter(({ path, keyAt }) => isSetting(path, keyAt, 'swept', grammar, problems));
  return known.flatMap((leaf) => {
    const { path, keyAt, value } = leaf;
    if (
      value.kind === 'scalar' ||
      (value.kind === 'map' && !isRange(value, schemasAt(grammar.experimentPaths, path)))
    ) {
      problems.add(
        value.at,
        `sweep: ${showPath(path)} takes a list of values, such as [a, b], or a range such as { from: 1, to: 9, steps: 3 }`,
      );
      return [];
    }
    const values = valuesOf(leaf, grammar, problems);
    return values.length === 0 ? [] : [{ path, keyAt, values }];
  });
}

/** Every setting of a mapping; a range is a value of one. */
export function settingsIn(map: LocatedMap, grammar: Grammar): Leaf[] {
  return leaves(map, (path, value) => isRange(value, schemasAt(grammar.experimentPaths, path)));
}

/** The values that a setting is given at once: the items of a list or of a range, or the one that stands there. */
export function valuesOf({ path, value }: Leaf, grammar: Grammar, problems: Problems): readonly Located[] {
  const schemas = schemasAt(grammar.experimentPaths, path);
  if (isRange(value, schemas)) return rangeValues(value, schemas, path, problems);
  if (value.kind !== 'list') return [value];
  if (value.items.length === 0)
    problems.add(value.at, `${showPath(path)}: an empty list has no value; list some, or leave it out`);
  return value.items.map((item) => oneDevice(unfoldValue(item, schemas, problems, path), path));
}

/** In a list of devices each is one by itself: 0 stands for [0]. */
function oneDevice(value: Located, path: Path): Located {
  const isDevice = path.length === 1 && path[0] === 'devices' && value.kind === 'scalar';
  if (!isDevice || value.value === null || value.value === 'all' || value.value === 'none') return value;
  return { kind: 'list', at: value.at, items: [value] };
}

/** The entries of `experiments:`, unfolded. */
export function readEntries(list: Located, grammar: Grammar, problems: Problems): LocatedMap[] {
  if (list.kind !== 'list' || list.items.length === 0) {
    problems.add(
      list.at,
      'experiments: expected a list of settings, such as "- { workload.concurrency: 16 }"',
    );
    return [];
  }
  return list.items.flatMap((item, index) => {
    if (item.kind !== 'map') {
      problems.add(item.at, `experiments[${index}]: expected settings, such as "workload.concurrency: 16"`);
      return [];
    }
    const entry = unfold(item, [grammar.experimentPaths], problems);
    const known = [...entry.entries].filter(([key, { keyAt }]) =>
      isSetting([key], keyAt, 'set for a single experiment', grammar, problems),
    );
    return [{ ...entry, entries: new Map(known) }];
  });
}

/** That a path begins with something that an experiment has. */
export function isSetting(
  path: Path,
  at: Position,
  what: string,
  grammar: Grammar,
  problems: Problems,
): boolean {
  const [first = ''] = path;
  if (EXPERIMENT_KEYS.includes(first) || grammar.catalog.backends.has(first)) return true;
  if (STUDY_KEYS.includes(first)) {
    problems.add(at, `${showPath(path)} belongs to the study as a whole and cannot be ${what}`);
  } else {
    problems.add(
      at,
      explainUnknownSection(first, EXPERIMENT_KEYS, grammar),
      installationOf('backend', first, grammar.catalog.whyUnusable),
    );
  }
  return false;
}

/** What to say of a key that is neither one of `keys`, which could stand there, nor the section of an installed backend. */
export function explainUnknownSection(key: string, keys: readonly string[], grammar: Grammar): string {
  const known = [...new Set([...keys, ...installedIds(grammar.catalog, 'backend')])];
  return explainSection(key, known, grammar.catalog) ?? explainUnknownKey([key], known, grammar.settings);
}

/** An entry that sets something for a backend that it does not use would have no effect there. */
export function refuseOtherSections(
  entry: LocatedMap,
  backend: string | null,
  grammar: Grammar,
  problems: Problems,
): void {
  if (backend === null) return;
  for (const [key, { keyAt }] of entry.entries) {
    if (key === backend || EXPERIMENT_KEYS.includes(key) || !grammar.catalog.backends.has(key)) continue;
    problems.add(
      keyAt,
      `${showPath([key])} has no effect here: the backend of this experiment is ${backend}`,
    );
  }
}
