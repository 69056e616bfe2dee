/** Reads `sweep:` into axes and crosses them; `experiments:` are laid over the base as they are. */
import { explainUnknown, isProjectPlugin } from './catalog.js';
import { EXPERIMENT_KEYS, STUDY_KEYS, type Grammar } from './grammar.js';
import { showPath, type Problems } from './problems.js';
import { schemasAt } from './schema-walk.js';
import { leaves, nest, overlay, type Located, type LocatedMap, type Path, type Position } from './tree.js';
import { unfold, unfoldValue } from './unfold.js';
import { explainUnknownKey } from './validation.js';

/** Most experiments of one study. */
export const MOST_EXPERIMENTS = 1_000;

/** Most settings of one sweep: crossing more than ten with two values each is over the limit above already. */
const MOST_AXES = 100;

/** One swept setting with its values. */
export interface Axis {
  readonly path: Path;
  readonly keyAt: Position;
  readonly values: readonly Located[];
}

/** The settings of one experiment before they are checked. */
export interface Draft {
  readonly settings: LocatedMap;
  /** What this experiment sets that the base does not. */
  readonly factors: LocatedMap;
  readonly isEntry: boolean;
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
  const swept = leaves(sweep);
  if (swept.length > MOST_AXES) {
    problems.add(sweep.at, `sweep: ${swept.length} settings are swept; at most ${MOST_AXES} can be`);
    return [];
  }
  const known = swept.filter(({ path, keyAt }) => isSetting(path, keyAt, 'swept', grammar, problems));
  return known.flatMap(({ path, keyAt, value }) => {
    if (value.kind !== 'list') {
      problems.add(value.at, `sweep: ${showPath(path)} takes a list of values, such as [a, b]`);
      return [];
    }
    if (value.items.length === 0) {
      problems.add(value.at, `sweep: ${showPath(path)} has an empty list of values`);
      return [];
    }
    const schemas = schemasAt(grammar.experimentPaths, path);
    return [{ path, keyAt, values: value.items.map((item) => unfoldValue(item, schemas, problems, path)) }];
  });
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
function isSetting(path: Path, at: Position, what: string, grammar: Grammar, problems: Problems): boolean {
  const [first = ''] = path;
  if (EXPERIMENT_KEYS.includes(first) || grammar.catalog.backends.has(first)) return true;
  if (STUDY_KEYS.includes(first)) {
    problems.add(at, `${showPath(path)} belongs to the study as a whole and cannot be ${what}`);
  } else {
    problems.add(
      at,
      explainUnknownSection(first, [...EXPERIMENT_KEYS, ...grammar.catalog.backends.keys()], grammar),
    );
  }
  return false;
}

/** What to say of a key that is neither a setting nor the section of an installed backend. */
export function explainUnknownSection(key: string, known: readonly string[], grammar: Grammar): string {
  return isProjectPlugin('backend', key)
    ? explainUnknown('backend', key, grammar.catalog.backends.keys())
    : explainUnknownKey([key], known, grammar.settings);
}

/** How many experiments a study has before equal ones are merged; Infinity when there are too many to count. */
export function countDrafts(
  base: LocatedMap,
  axes: readonly Axis[],
  entries: number,
  grammar: Grammar,
): number {
  const backends = axes.find(isBackendAxis)?.values ?? [base.entries.get('backend')?.value];
  const swept = axes.filter((axis) => !isBackendAxis(axis));
  const points = backends.map((backend) =>
    swept
      .filter((axis) => applies(axis, backend, grammar))
      .reduce((product, axis) => product * axis.values.length, 1),
  );
  return entries + (hasSweptPoints(axes, entries) ? points.reduce((sum, count) => sum + count, 0) : 0);
}

/** The experiments: the axes crossed, the first one slowest, then the entries. With entries alone the base is no run. */
export function expand(
  base: LocatedMap,
  axes: readonly Axis[],
  entries: readonly LocatedMap[],
  grammar: Grammar,
): Draft[] {
  const start: Draft = { settings: base, factors: nest([], base.at, base), isEntry: false };
  // The backend comes first: it decides which other axes there are.
  const ordered = [...axes.filter(isBackendAxis), ...axes.filter((axis) => !isBackendAxis(axis))];
  const crossed = ordered.reduce<Draft[]>(
    (drafts, axis) =>
      drafts.flatMap((draft) =>
        applies(axis, draft.settings.entries.get('backend')?.value, grammar)
          ? axis.values.map((value) => withFactor(draft, nest(axis.path, axis.keyAt, value)))
          : [draft],
      ),
    [start],
  );
  const added = entries.map((entry) => ({
    settings: { ...overlay(base, entry), at: entry.at },
    factors: entry,
    isEntry: true,
  }));
  return [...(hasSweptPoints(axes, entries.length) ? crossed : []), ...added];
}

function hasSweptPoints(axes: readonly Axis[], entries: number): boolean {
  return axes.length > 0 || entries === 0;
}

function withFactor(draft: Draft, factor: LocatedMap): Draft {
  return {
    ...draft,
    settings: overlay(draft.settings, factor),
    factors: overlay(draft.factors, factor),
  };
}

function isBackendAxis(axis: Axis): boolean {
  return axis.path.length === 1 && axis.path[0] === 'backend';
}

/** An axis under a backend is one of that backend's experiments alone. */
export function applies(axis: Axis, backend: Located | undefined, grammar: Grammar): boolean {
  const [section = ''] = axis.path;
  if (!grammar.catalog.backends.has(section) || EXPERIMENT_KEYS.includes(section)) return true;
  return backend?.kind === 'scalar' && backend.value === section;
}
