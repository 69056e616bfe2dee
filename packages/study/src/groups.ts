/** Reads `groups:`: named sets of settings that travel together, the entries of one group being its alternatives. */
import type { JsonObject } from '@llem/core';
import type { Grammar } from './grammar.js';
import { backendOf, type Dimension } from './product.js';
import { quote, showPath, type Problems } from './problems.js';
import { isRange } from './range.js';
import { isSetting, refuseOtherSections, settingsIn, valuesOf } from './sweep.js';
import { join, leaves, toJson, type Leaf, type Located, type LocatedMap } from './tree.js';
import { unfold } from './unfold.js';

/** Most alternatives of one group, the lists of its entries crossed. */
const MOST_ALTERNATIVES = 100_000;

const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

const EXPECTED = 'expected named lists of settings, such as "compile: [{ model: a }, { model: b }]"';

/** A named dimension. */
export type Group = Dimension & { readonly group: string };

/** The groups of an unfolded `groups:`. */
export function readGroups(groups: Located, grammar: Grammar, problems: Problems): Group[] {
  if (groups.kind !== 'map' || groups.entries.size === 0) {
    problems.add(groups.at, `groups: ${EXPECTED}`);
    return [];
  }
  return [...groups.entries].flatMap(([name, { keyAt, value }]) => {
    const fault = faultOfName(name, grammar);
    if (fault !== null) {
      problems.add(keyAt, fault);
      return [];
    }
    if (value.kind !== 'list' || value.items.length === 0) {
      problems.add(value.at, `${showPath(['groups', name])}: ${EXPECTED}`);
      return [];
    }
    const entries = value.items.map((item, index) => readEntry(item, name, index, grammar, problems));
    const count = entries.reduce((sum, entry) => sum + countOf(entry), 0);
    if (count > MOST_ALTERNATIVES) {
      const most = MOST_ALTERNATIVES.toLocaleString('en');
      problems.add(
        keyAt,
        `${showPath(['groups', name])} has more than ${most} alternatives: list fewer values`,
      );
      return [];
    }
    return [
      {
        group: name,
        sets: entries.flatMap(({ settings }) => settings),
        alternatives: entries.flatMap(alternativesOf),
      },
    ];
  });
}

/** A group is a factor beside the settings that are swept: its name is none of theirs. */
function faultOfName(name: string, grammar: Grammar): string | null {
  const subject = showPath(['groups', name]);
  if (!NAME.test(name)) {
    return `${subject}: expected up to 64 letters, digits, "_" or "-" as the name of a group, a letter first`;
  }
  return grammar.keys.includes(name)
    ? `${subject}: ${quote(name)} is the name of a setting; call the group something else`
    : null;
}

/** One entry of a group: its settings with the values that each is given. */
interface Entry {
  readonly at: number;
  readonly settings: readonly (Leaf & { readonly values: readonly Located[] })[];
}

function readEntry(item: Located, group: string, index: number, grammar: Grammar, problems: Problems): Entry {
  const subject = showPath(['groups', group, index]);
  if (item.kind !== 'map') {
    problems.add(item.at, `${subject}: expected settings, such as { workload.concurrency: 16 }`);
    return { at: item.at, settings: [] };
  }
  const entry = unfold(item, [grammar.experimentPaths], problems);
  refuseOtherSections(entry, backendOf(entry), grammar, problems);
  const settings = settingsIn(entry, grammar)
    .filter(({ path, keyAt }) => isSetting(path, keyAt, 'part of a group', grammar, problems))
    .map((leaf) => ({ ...leaf, values: valuesOf(leaf, grammar, problems) }));
  return { at: item.at, settings };
}

const countOf = ({ settings }: Entry) => settings.reduce((product, { values }) => product * values.length, 1);

/** Lists inside of an entry are crossed, the first one slowest. */
function alternativesOf({ at, settings }: Entry): LocatedMap[] {
  return settings
    .reduce<Leaf[][]>(
      (chosen, { path, keyAt, values }) =>
        chosen.flatMap((before) => values.map((value) => [...before, { path, keyAt, value }])),
      [[]],
    )
    .map((chosen) => join(chosen, at));
}

/** The settings of an alternative, flat: read again as an entry of a group they are this alternative alone. */
export function writeAlternative(alternative: LocatedMap): JsonObject {
  return Object.fromEntries(
    leaves(alternative, (_, value) => isRange(value, [])).map(({ path, value }) => {
      // A list would be several values, and a mapping may look like a range.
      const json = toJson(value);
      return [path.join('.'), value.kind === 'scalar' ? json : [json]];
    }),
  );
}
