/** Ranges in place of a list of values: `{ from: 1, to: 256, steps: 9, scale: log }`. */
import { type JsonObject } from '@llem/core';
import { quote, showPath, type Problems } from './problems.js';
import { alternatives, properties } from './schema-walk.js';
import type { Located, LocatedMap, Path } from './tree.js';

const KEYS: readonly string[] = ['from', 'to', 'steps', 'scale'];
const SCALES: readonly string[] = ['linear', 'log'];

/** Most values of one range. */
const MOST_STEPS = 100_000;

/** Significant digits of a value between the ends: few enough that 0.1, 0.2, 0.3 are just that, and the same anywhere. */
const DIGITS = 12;

/**
 * True for a mapping that is a range and not a setting with keys of its own: it has nothing but the keys of one, two of
 * them at least, and the setting that it stands for has none of these keys (a search has `from` and `to`).
 */
export function isRange(value: Located, schemas: readonly JsonObject[]): value is LocatedMap {
  if (value.kind !== 'map' || value.entries.size < 2) return false;
  if (![...value.entries.keys()].every((key) => KEYS.includes(key))) return false;
  return !schemas
    .flatMap(alternatives)
    .some((schema) => KEYS.some((key) => Object.hasOwn(properties(schema), key)));
}

/** The values of a range, the ends among them; none when something is wrong with it, which is then in `problems`. */
export function rangeValues(
  range: LocatedMap,
  schemas: readonly JsonObject[],
  path: Path,
  problems: Problems,
): Located[] {
  const subject = showPath(path);
  const isWhole = wantsWhole(schemas);
  const from = end(range, 'from', isWhole, subject, problems);
  const to = end(range, 'to', isWhole, subject, problems);
  const steps = stepsOf(range, subject, problems);
  const scale = scaleOf(range, subject, problems);
  if (from === null || to === null || steps === null || scale === null) return [];
  if (from === to) {
    problems.add(range.at, `${subject}: a range from ${from} to ${to} has one value; write it as a list`);
    return [];
  }
  if (scale === 'log' && (from <= 0 || to <= 0)) {
    problems.add(range.at, `${subject}: on a log scale both ends of a range are above 0`);
    return [];
  }
  const values = Array.from({ length: steps }, (_, index) => {
    if (index === 0) return from;
    if (index === steps - 1) return to;
    const share = index / (steps - 1);
    const exact = scale === 'log' ? from * (to / from) ** share : from + (to - from) * share;
    return isWhole ? Math.round(exact) : Number(exact.toPrecision(DIGITS));
  });
  return [...new Set(values)].map((value) => ({
    kind: 'scalar',
    at: range.at,
    value: value === 0 ? 0 : value,
  }));
}

function end(
  range: LocatedMap,
  key: 'from' | 'to',
  isWhole: boolean,
  subject: string,
  problems: Problems,
): number | null {
  const node = range.entries.get(key)?.value;
  if (node?.kind !== 'scalar' || typeof node.value !== 'number') {
    problems.add(node?.at ?? range.at, `${subject}: a range needs a number as "${key}"`);
    return null;
  }
  if (isWhole && !Number.isInteger(node.value)) {
    problems.add(node.at, `${subject}: "${key}" is a whole number, as the setting is (here ${node.value})`);
    return null;
  }
  return node.value;
}

function stepsOf(range: LocatedMap, subject: string, problems: Problems): number | null {
  const node = range.entries.get('steps')?.value;
  const value = node?.kind === 'scalar' ? node.value : null;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 2 && value <= MOST_STEPS) return value;
  const most = MOST_STEPS.toLocaleString('en');
  problems.add(
    node?.at ?? range.at,
    `${subject}: a range needs "steps", the number of its values: a whole number from 2 to ${most}`,
  );
  return null;
}

function scaleOf(range: LocatedMap, subject: string, problems: Problems): string | null {
  const node = range.entries.get('scale')?.value;
  if (node === undefined) return 'linear';
  if (node.kind === 'scalar' && typeof node.value === 'string' && SCALES.includes(node.value))
    return node.value;
  const given = node.kind === 'scalar' ? ` (here ${quote(node.value)})` : '';
  problems.add(node.at, `${subject}: the scale of a range is linear or log${given}`);
  return null;
}

/** Whether the numbers that a setting takes are whole. */
function wantsWhole(schemas: readonly JsonObject[]): boolean {
  const types = schemas.flatMap(alternatives).map(({ type }) => type);
  return types.includes('integer') && !types.includes('number');
}
