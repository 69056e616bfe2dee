/** Names experiments for people: by what tells them apart, as short as it is unambiguous. */
import { isJsonObject, type JsonObject, type JsonValue } from '@llem/core';
import { canonical, fingerprint } from './canonical.js';
import type { StudyPoint } from './point.js';
import { kindKeyAt } from './variants.js';

/** Longest value in a label, in characters. */
const LONGEST_VALUE = 40;

/** A label for every point, in their order; equal points have equal labels, others do not. */
export function labelPoints(points: readonly StudyPoint[]): string[] {
  const varying = varyingPaths(points);
  const names = shortNames(varying);
  const values = { isModelShort: areTailsDistinct(points) };
  const plain = points.map((point) => labelOf(point, names, values.isModelShort));
  return distinct(plain, points);
}

function labelOf(point: StudyPoint, names: ReadonlyMap<string, string>, isModelShort: boolean): string {
  const parts = Object.entries(point.sets).flatMap(([path, value]) => {
    const name = names.get(path);
    if (name === undefined) return [];
    const shown = path === 'model' && isModelShort ? tail(point.settings.model) : show(value, path);
    return [`${name}=${shown}`];
  });
  return parts.length > 0 ? parts.join(', ') : `${point.settings.backend} ${tail(point.settings.model)}`;
}

/** The settings that have more than one value among the experiments that could have them. */
function varyingPaths(points: readonly StudyPoint[]): string[] {
  const seen = new Map<string, { readonly values: Set<string>; readonly count: Map<string, number> }>();
  for (const { sets, settings } of points) {
    for (const [path, value] of Object.entries(sets)) {
      const factor = seen.get(path) ?? { values: new Set<string>(), count: new Map<string, number>() };
      factor.values.add(canonical(value));
      factor.count.set(settings.backend, (factor.count.get(settings.backend) ?? 0) + 1);
      seen.set(path, factor);
    }
  }
  const perBackend = new Map<string, StudyPoint[]>();
  for (const point of points) {
    const same = perBackend.get(point.settings.backend);
    if (same === undefined) perBackend.set(point.settings.backend, [point]);
    else same.push(point);
  }
  return [...seen].flatMap(([path, { values, count }]) => {
    const [section = ''] = path.split('.');
    const concerned = perBackend.get(section)?.length ?? points.length;
    const having = [...count.values()].reduce((sum, each) => sum + each, 0);
    return values.size > 1 || having < concerned ? [path] : [];
  });
}

/** The last part of each path where no other path ends so, the whole path where one does. */
function shortNames(paths: readonly string[]): Map<string, string> {
  const uses = new Map<string, number>();
  for (const path of paths) uses.set(lastPart(path), (uses.get(lastPart(path)) ?? 0) + 1);
  return new Map(paths.map((path) => [path, uses.get(lastPart(path)) === 1 ? lastPart(path) : path]));
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1);
}

function areTailsDistinct(points: readonly StudyPoint[]): boolean {
  const models = new Set(points.map(({ settings }) => settings.model));
  return new Set([...models].map(tail)).size === models.size;
}

/** The last part of a model's name or path. */
function tail(model: string): string {
  return cut(model.split(/[/\\]/).findLast((part) => part !== '') ?? model);
}

function show(value: JsonValue, path: string): string {
  const kindKey = kindKeyAt(path.split('.'));
  const kind = kindKey !== null && isJsonObject(value) ? value[kindKey] : undefined;
  if (kindKey !== null && isJsonObject(value) && typeof kind === 'string')
    return cut(showKind(kind, value, kindKey));
  if (typeof value !== 'string') return cut(canonical(value));
  // A text that reads like another kind of value, or like more than one, is quoted.
  return /^[A-Za-z_./~][^\s,="]*$/.test(value) && !/^(true|false|null)$/.test(value)
    ? cut(value)
    : cut(JSON.stringify(value));
}

/** `poisson(rate=4)` */
function showKind(kind: string, value: JsonObject, kindKey: string): string {
  const rest = Object.entries(value).filter(([key]) => key !== kindKey);
  const parts = rest.map(([key, inner]) => `${key}=${typeof inner === 'string' ? inner : canonical(inner)}`);
  return parts.length === 0 ? kind : `${kind}(${parts.join(' ')})`;
}

function cut(text: string): string {
  return text.length <= LONGEST_VALUE ? text : `${text.slice(0, LONGEST_VALUE - 1)}…`;
}

/** Labels that were cut to the same text are told apart by a number, in the order of the points. */
function distinct(labels: readonly string[], points: readonly StudyPoint[]): string[] {
  const uses = new Map<string, number>();
  for (const label of labels) uses.set(label, (uses.get(label) ?? 0) + 1);
  const asked = new Map<string, Map<string, number>>();
  return labels.map((label, index) => {
    const point = points[index];
    if (point === undefined || uses.get(label) === 1) return label;
    const own = fingerprint(point.asked);
    const places = asked.get(label) ?? new Map<string, number>();
    const place = places.get(own) ?? places.size;
    places.set(own, place);
    asked.set(label, places);
    return place === 0 ? label : `${label} (${place + 1})`;
  });
}
