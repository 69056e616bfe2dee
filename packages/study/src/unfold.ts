/** Turns dotted keys into nested mappings: `workload.concurrency: 8` and `workload: { concurrency: 8 }` are the same. */
import type { JsonObject } from '@llem/core';
import { showPath, type Problems } from './problems.js';
import { alternatives, childSchemas, keepsKeysWhole, properties } from './schema-walk.js';
import type { Located, LocatedEntry, LocatedMap, Path, Position } from './tree.js';

/** The mapping without dotted keys. What is set twice is added to `problems`. */
export function unfold(
  map: LocatedMap,
  schemas: readonly JsonObject[],
  problems: Problems,
  path: Path = [],
): LocatedMap {
  const settings: Setting[] = [];
  for (const [key, entry] of map.entries) {
    const steps = splitKey(key, schemas);
    const inside = steps.reduce<JsonObject[]>(childSchemas, [...schemas]);
    settings.push({
      steps,
      keyAt: entry.keyAt,
      value: unfoldValue(entry.value, inside, problems, [...path, ...steps]),
    });
  }
  return build(settings, map.at, problems, path);
}

/** The same for a value, which may hold settings or not. */
export function unfoldValue(
  value: Located,
  schemas: readonly JsonObject[],
  problems: Problems,
  path: Path,
): Located {
  return value.kind === 'map' ? unfold(value, schemas, problems, path) : value;
}

/** The steps that a key stands for, given the schemas of the mapping that it stands in. */
export function splitKey(key: string, schemas: readonly JsonObject[]): string[] {
  const dot = key.indexOf('.');
  if (dot === -1 || keepsKeysWhole(schemas)) return [key];
  if (schemas.flatMap(alternatives).some((schema) => Object.hasOwn(properties(schema), key))) return [key];
  const first = key.slice(0, dot);
  return [first, ...splitKey(key.slice(dot + 1), childSchemas(schemas, first))];
}

/** One setting on its way to its place. */
interface Setting {
  readonly steps: Path;
  readonly keyAt: Position;
  readonly value: Located;
}

/** Puts settings into one nested mapping. */
function build(settings: readonly Setting[], at: Position, problems: Problems, path: Path): LocatedMap {
  const byKey = new Map<string, [Setting, ...Setting[]]>();
  for (const { steps, keyAt, value } of settings) {
    const [key, ...rest] = steps;
    if (key === undefined) continue;
    const setting: Setting = { steps: rest, keyAt, value };
    const same = byKey.get(key);
    if (same === undefined) byKey.set(key, [setting]);
    else same.push(setting);
  }
  const entries = new Map<string, LocatedEntry>();
  for (const [key, same] of byKey) {
    const { keyAt } = same[0];
    entries.set(key, { keyAt, value: join(same, problems, [...path, key]) });
  }
  return { kind: 'map', at, entries };
}

/** The value of one key from all that was said of it: mappings are joined, anything else may be set once. */
function join(same: readonly [Setting, ...Setting[]], problems: Problems, path: Path): Located {
  const [first, ...others] = same;
  if (others.length === 0 && first.steps.length === 0) return first.value;
  if (isSingleValue(first)) {
    for (const other of others) problems.add(other.keyAt, setTwice(path));
    return first.value;
  }
  const inside = same.flatMap((setting): Setting[] => {
    if (setting.steps.length > 0) return [setting];
    if (setting.value.kind === 'map') {
      return [...setting.value.entries].map(([key, entry]) => ({ steps: [key], ...entry }));
    }
    problems.add(setting.keyAt, setTwice(path));
    return [];
  });
  return build(inside, first.value.at, problems, path);
}

function isSingleValue(setting: Setting): boolean {
  return setting.steps.length === 0 && setting.value.kind !== 'map';
}

function setTwice(path: Path): string {
  return `${showPath(path)}: set twice; nested and dotted are the same setting, keep one of them`;
}
