/** Settings as a tree in which every key and value knows its place, so that whatever is wrong with it later can be pointed at. */
import { isJsonObject, type JsonObject, type JsonValue } from '@llem/core';
import { EXPERIMENT_SETTINGS } from './grammar.js';
import { keysOfKind, kindKeyAt } from './variants.js';

/** A place in the source of the settings; only the source itself can say what it means. */
export type Position = number;

/** A value and its place. */
export type Located = LocatedScalar | LocatedList | LocatedMap;

export interface LocatedScalar {
  readonly kind: 'scalar';
  readonly at: Position;
  readonly value: string | number | boolean | null;
  /** Of a text that names environment variables: what it is with their values. Checked, and never kept. */
  readonly used?: string;
}

export interface LocatedList {
  readonly kind: 'list';
  readonly at: Position;
  readonly items: readonly Located[];
}

/** A Map and not an object: a key such as `__proto__` is a key like any other. */
export interface LocatedMap {
  readonly kind: 'map';
  readonly at: Position;
  readonly entries: ReadonlyMap<string, LocatedEntry>;
}

/** One key of a mapping. */
export interface LocatedEntry {
  readonly keyAt: Position;
  readonly value: Located;
}

export type Path = readonly string[];

/** The value without its places, as it is written. */
export function toJson(node: Located): JsonValue {
  return withoutPlaces(node, ({ value }) => value);
}

/** The mapping without its places, as it is written. */
export function mapToJson(node: LocatedMap): JsonObject {
  return mapWithoutPlaces(node, ({ value }) => value);
}

/** The value without its places, with the values of environment variables: to be checked, never to be kept. */
export function toUsed(node: Located): JsonValue {
  return withoutPlaces(node, ({ value, used }) => used ?? value);
}

function withoutPlaces(node: Located, of: (scalar: LocatedScalar) => JsonValue): JsonValue {
  switch (node.kind) {
    case 'scalar':
      return of(node);
    case 'list':
      return node.items.map((item) => withoutPlaces(item, of));
    case 'map':
      return mapWithoutPlaces(node, of);
  }
}

function mapWithoutPlaces(node: LocatedMap, of: (scalar: LocatedScalar) => JsonValue): JsonObject {
  return Object.fromEntries([...node.entries].map(([key, entry]) => [key, withoutPlaces(entry.value, of)]));
}

/** Plain settings as a tree, all of it at one place. */
export function locate(settings: JsonObject, at: Position): LocatedMap {
  const entries = Object.entries(settings).map(
    ([key, value]) => [key, { keyAt: at, value: locateValue(value, at) }] as const,
  );
  return { kind: 'map', at, entries: new Map(entries) };
}

function locateValue(value: JsonValue, at: Position): Located {
  if (isJsonObject(value)) return locate(value, at);
  if (typeof value !== 'object' || value === null) return { kind: 'scalar', at, value };
  return { kind: 'list', at, items: value.map((item) => locateValue(item, at)) };
}

/** The mapping with only the keys that `keep` accepts. */
export function pick(map: LocatedMap, keep: (key: string) => boolean): LocatedMap {
  return { ...map, entries: new Map([...map.entries].filter(([key]) => keep(key))) };
}

/** A mapping that holds nothing but `value` at `path`; `keyAt` is the place of every key on the way. */
export function nest(path: Path, keyAt: Position, value: Located): LocatedMap {
  const [first, ...rest] = path;
  if (first === undefined) return { kind: 'map', at: keyAt, entries: new Map() };
  const inner = rest.length === 0 ? value : nest(rest, keyAt, value);
  return { kind: 'map', at: keyAt, entries: new Map([[first, { keyAt, value: inner }]]) };
}

/** Lays one mapping over another: mappings are merged, everything else is replaced. */
export function overlay(below: LocatedMap, above: LocatedMap, path: Path = []): LocatedMap {
  const entries = new Map(below.entries);
  for (const [key, entry] of above.entries) {
    const lower = entries.get(key)?.value;
    const here = [...path, key];
    const merged =
      lower?.kind === 'map' && entry.value.kind === 'map'
        ? overlay(keptBelow(lower, entry.value, here), entry.value, here)
        : entry.value;
    entries.set(key, { keyAt: entry.keyAt, value: merged });
  }
  return { ...below, entries };
}

/**
 * What is kept of a mapping under one that is laid over it. One that states its kind takes over only what that kind has:
 * of an arrival the rate and not the burstiness, of a runner or a data set, whose options are its plugin's own, nothing.
 */
function keptBelow(below: LocatedMap, above: LocatedMap, path: Path): LocatedMap {
  const kindKey = kindKeyAt(path);
  const kind = kindKey === null ? undefined : above.entries.get(kindKey)?.value;
  if (kindKey === null || kind?.kind !== 'scalar') return below;
  const keys = keysOfKind(EXPERIMENT_SETTINGS.jsonSchema, path, kindKey, kind.value) ?? [];
  return pick(below, (key) => keys.includes(key));
}

/** What stands at a path, and whether the path exists to its end. */
export interface Found {
  /** Place of the value, of the nearest thing above it where there is none. */
  readonly at: Position;
  /** Place of its key; null for the root and for items of a list. */
  readonly keyAt: Position | null;
  readonly node: Located | null;
}

/** Looks a path up as far as it exists. */
export function find(root: Located, path: readonly (string | number)[]): Found {
  let found: Found & { readonly node: Located } = { at: root.at, keyAt: null, node: root };
  for (const step of path) {
    const next = child(found.node, step);
    if (next === null) return { at: found.keyAt ?? found.at, keyAt: found.keyAt, node: null };
    found = next;
  }
  return found;
}

function child(node: Located, step: string | number): (Found & { readonly node: Located }) | null {
  if (node.kind === 'list') {
    const item = node.items[Number(step)];
    return item === undefined ? null : { at: item.at, keyAt: null, node: item };
  }
  if (node.kind === 'scalar') return null;
  const entry = node.entries.get(String(step));
  return entry === undefined ? null : { at: entry.value.at, keyAt: entry.keyAt, node: entry.value };
}

/** A mapping that holds nothing but these values, none of whose paths is part of another's. */
export function join(leaves: readonly Leaf[], at: Position): LocatedMap {
  const byKey = new Map<string, [Leaf, ...Leaf[]]>();
  for (const leaf of leaves) {
    const [first, ...rest] = leaf.path;
    if (first === undefined) continue;
    const same = byKey.get(first);
    if (same === undefined) byKey.set(first, [{ ...leaf, path: rest }]);
    else same.push({ ...leaf, path: rest });
  }
  const entries = [...byKey].map(([key, same]) => {
    const [{ path, keyAt, value }] = same;
    return [key, { keyAt, value: path.length === 0 ? value : join(same, keyAt) }] as const;
  });
  return { kind: 'map', at, entries: new Map(entries) };
}

/** A value with the path to it. */
export interface Leaf {
  readonly path: Path;
  readonly keyAt: Position;
  readonly value: Located;
}

/** Every value of a mapping that is no mapping with keys of its own, in written order. `isWhole`: mappings to be left whole. */
export function leaves(
  map: LocatedMap,
  isWhole: (path: Path, value: LocatedMap) => boolean = () => false,
  path: Path = [],
): Leaf[] {
  return [...map.entries].flatMap(([key, { keyAt, value }]) => {
    const here = [...path, key];
    return value.kind === 'map' && value.entries.size > 0 && !isWhole(here, value)
      ? leaves(value, isWhole, here)
      : [{ path: here, keyAt, value }];
  });
}
