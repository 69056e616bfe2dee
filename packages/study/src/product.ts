/** Crosses what varies: swept settings and groups, each with its alternatives, on top of the base. */
import { EXPERIMENT_KEYS, type Grammar } from './grammar.js';
import { showPath, type Problems } from './problems.js';
import { nest, overlay, pick, type Located, type LocatedMap, type Path, type Position } from './tree.js';

/** Settings that vary together: a swept one, or those of a group. */
export interface Dimension {
  /** Name of the group; null for a swept setting. */
  readonly group: string | null;
  /** Every path that one of the alternatives sets, with its place. */
  readonly sets: readonly { readonly path: Path; readonly keyAt: Position }[];
  readonly alternatives: readonly LocatedMap[];
}

/** The settings of one experiment before they are checked. */
export interface Draft {
  readonly settings: LocatedMap;
  /** What this experiment sets on top of the base by itself: what is swept, or its entry. */
  readonly factors: LocatedMap;
  /** What it takes from the groups, by their names. */
  readonly groups: ReadonlyMap<string, LocatedMap>;
  readonly isEntry: boolean;
}

/** What comes of crossing. */
export interface Product {
  /** How many experiments there are; Infinity when there are too many to count. */
  readonly count: number;
  /** Every experiment, one after the other, the first dimension slowest. */
  readonly drafts: () => Generator<Draft>;
  /** So few of them that each alternative is in one at least. */
  readonly samples: () => Generator<Draft>;
  /** The alternatives of a dimension that no experiment has: those of backends that none uses. */
  readonly unused: (dimension: Dimension) => LocatedMap[];
}

/** Of a dimension with more alternatives than that, the first so many are in the samples of a backend. */
const MOST_SAMPLES = 1_000;

/** One backend's part of a product. */
interface Part {
  readonly start: Draft;
  /** The dimensions of that backend, with the alternatives that it has. */
  readonly dimensions: readonly {
    readonly group: string | null;
    readonly alternatives: readonly LocatedMap[];
  }[];
}

export function cross(base: LocatedMap, dimensions: readonly Dimension[], grammar: Grammar): Product {
  const parts = partsOf(base, dimensions, grammar);
  const sizes = parts.map((part) =>
    part.dimensions.reduce((product, { alternatives }) => product * alternatives.length, 1),
  );
  return {
    count: sizes.reduce((sum, size) => sum + size, 0),
    *drafts() {
      for (const part of parts) yield* draftsOf(part.start, part, 0);
    },
    *samples() {
      for (const part of parts) yield* samplesOf(part);
    },
    unused: ({ alternatives }) => {
      const backends = parts.map(({ start }) => backendOf(start.settings));
      return alternatives.filter((one) => !backends.some((backend) => appliesTo(one, backend, grammar)));
    },
  };
}

/** Settings that two dimensions set, or that one sets as a whole and another in part: one would undo the other. */
export function refuseOverlaps(dimensions: readonly Dimension[], problems: Problems): void {
  const taken = new Map<string, Dimension>();
  const above = new Map<string, Dimension>();
  for (const dimension of dimensions) {
    for (const { path, keyAt } of dimension.sets) {
      const steps = path.map((_, index) => path.slice(0, index + 1).join('\n'));
      const whole = steps.at(-1) ?? '';
      const other = [...steps.map((step) => taken.get(step)), above.get(whole)].find(
        (one) => one !== undefined && one !== dimension,
      );
      if (other !== undefined) {
        const where = `${nameOf(other)} and ${nameOf(dimension)}`;
        problems.add(
          keyAt,
          `${showPath(path)} varies in ${where}: one would undo the other; keep one of them`,
        );
      }
      taken.set(whole, dimension);
      for (const step of steps.slice(0, -1)) above.set(step, dimension);
    }
  }
}

const nameOf = ({ group }: Dimension) => (group === null ? 'sweep' : `groups.${group}`);

/** The backend comes first: it decides which other alternatives there are. */
function partsOf(base: LocatedMap, dimensions: readonly Dimension[], grammar: Grammar): Part[] {
  const first = dimensions.find(setsBackend);
  const others = dimensions.filter((dimension) => dimension !== first);
  const origin: Draft = {
    settings: base,
    factors: nest([], base.at, base),
    groups: new Map(),
    isEntry: false,
  };
  const starts = first?.alternatives.map((one) => {
    const backend = backendOf(one) ?? backendOf(base);
    return withAlternative(origin, first.group, ownPart(one, backend, grammar));
  }) ?? [origin];
  return starts.map((start) => {
    const backend = backendOf(start.settings);
    const own = others.flatMap(({ group, alternatives }) => {
      const applying = alternatives.filter((one) => appliesTo(one, backend, grammar));
      return applying.length === 0
        ? []
        : [{ group, alternatives: applying.map((one) => ownPart(one, backend, grammar)) }];
    });
    return { start, dimensions: own };
  });
}

function setsBackend({ sets }: Dimension): boolean {
  return sets.some(({ path }) => path.length === 1 && path[0] === 'backend');
}

export function backendOf(settings: LocatedMap): string | null {
  const value: Located | undefined = settings.entries.get('backend')?.value;
  return value?.kind === 'scalar' && typeof value.value === 'string' ? value.value : null;
}

/** What is set under backends alone is an alternative of these backends alone. */
function appliesTo(alternative: LocatedMap, backend: string | null, grammar: Grammar): boolean {
  return alternative.entries.size === 0 || ownPart(alternative, backend, grammar).entries.size > 0;
}

/** The alternative without what it sets for other backends. */
function ownPart(alternative: LocatedMap, backend: string | null, grammar: Grammar): LocatedMap {
  const isOwn = (key: string) =>
    key === backend || EXPERIMENT_KEYS.includes(key) || !grammar.catalog.backends.has(key);
  return [...alternative.entries.keys()].every(isOwn) ? alternative : pick(alternative, isOwn);
}

function* draftsOf(draft: Draft, part: Part, index: number): Generator<Draft> {
  const dimension = part.dimensions[index];
  if (dimension === undefined) {
    yield draft;
    return;
  }
  for (const alternative of dimension.alternatives) {
    yield* draftsOf(withAlternative(draft, dimension.group, alternative), part, index + 1);
  }
}

function* samplesOf({ start, dimensions }: Part): Generator<Draft> {
  const longest = dimensions.reduce((most, { alternatives }) => Math.max(most, alternatives.length), 1);
  for (let index = 0; index < Math.min(longest, MOST_SAMPLES); index += 1) {
    yield dimensions.reduce((draft, { group, alternatives }) => {
      const alternative = alternatives[index % alternatives.length];
      return alternative === undefined ? draft : withAlternative(draft, group, alternative);
    }, start);
  }
}

function withAlternative(draft: Draft, group: string | null, alternative: LocatedMap): Draft {
  const settings = overlay(draft.settings, alternative);
  if (group === null) return { ...draft, settings, factors: overlay(draft.factors, alternative) };
  return { ...draft, settings, groups: new Map([...draft.groups, [group, alternative]]) };
}
