/** Plain data: what can be written as JSON, cannot be changed by who gets it, and is the same twice. */
import { inspect, isDeepStrictEqual } from 'node:util';
import { demand } from '../rule.js';

/** Freezes a value and all that is in it, and returns it. */
export function deepFrozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFrozen(inner);
  }
  return value;
}

/** Demands that a value is what remains of it as JSON: no functions, dates, classes, cycles, `undefined` in a list, or NaN. */
export function demandPlain(what: string, value: unknown): void {
  let written: unknown;
  try {
    written = JSON.parse(JSON.stringify(value));
  } catch (error) {
    throw new Error(`${what} cannot be written as JSON: ${String(error)}. Give plain data.`, {
      cause: error,
    });
  }
  demand(
    isDeepStrictEqual(written, withoutUndefined(value)),
    () =>
      `${what} is not plain data: as JSON it is ${shortened(written)}. Give text, finite numbers, true, false, null, lists and mappings alone.`,
  );
}

/** A key that is undefined is one that is left out. */
function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) =>
      inner === undefined ? [] : [[key, withoutUndefined(inner)]],
    ),
  );
}

/** Demands that what was made twice from the same is the same. */
export function demandSame(what: string | (() => string), first: unknown, second: unknown): void {
  demand(
    isDeepStrictEqual(first, second),
    () =>
      `${typeof what === 'string' ? what : what()} differs when it is asked for twice with the same: ${shortened(first)}, then ${shortened(second)}.`,
  );
}

/** A value in a message. */
export function shortened(value: unknown, most = 300): string {
  const text = inspect(value, { depth: 8, breakLength: Infinity, compact: true, maxStringLength: most });
  return text.length > most ? `${text.slice(0, most)}...` : text;
}
