/** Reads settings that came without a file, such as those of the command line; their places are dotted paths. */
import { isJsonObject, type JsonObject, type JsonValue } from '@llem/core';
import { faultOfKey } from './keys.js';
import { Problems, showPath, type SettingsSource } from './problems.js';
import type { Located, LocatedEntry, LocatedMap, Path, Position } from './tree.js';

/** The settings as a source, and what they hold. Throws LLEM_E_STUDY. */
export function readSettings(settings: JsonObject): { source: SettingsSource; root: LocatedMap } {
  const labels: string[] = [''];
  const source: SettingsSource = { name: 'settings', describe: (at) => labels[at] ?? '' };
  const problems = new Problems(source);
  const root = readMap(settings, [], 0, labels, problems);
  problems.throwIfAny();
  return { source, root };
}

function readMap(
  settings: JsonObject,
  path: Path,
  at: Position,
  labels: string[],
  problems: Problems,
): LocatedMap {
  const entries = new Map<string, LocatedEntry>();
  for (const [key, value] of Object.entries(settings)) {
    const here = [...path, key];
    const keyAt = labels.push(showPath(here)) - 1;
    const fault = faultOfKey(key);
    if (fault !== null) {
      problems.add(keyAt, fault);
      continue;
    }
    entries.set(key, { keyAt, value: readValue(value, here, keyAt, labels, problems) });
  }
  return { kind: 'map', at, entries };
}

function readValue(
  value: JsonValue,
  path: Path,
  at: Position,
  labels: string[],
  problems: Problems,
): Located {
  if (isJsonObject(value)) return readMap(value, path, at, labels, problems);
  if (typeof value === 'object' && value !== null) {
    return { kind: 'list', at, items: value.map((item) => readValue(item, path, at, labels, problems)) };
  }
  if (typeof value === 'number' && !Number.isFinite(value)) {
    problems.add(at, `${String(value)} is no finite number`);
  }
  return { kind: 'scalar', at, value: value === 0 ? 0 : value };
}
