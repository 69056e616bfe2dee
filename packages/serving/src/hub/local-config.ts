/** A model's `config.json` where it is on this disk: for what can be known before anything is fetched or started. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isJsonObject, type JsonObject } from '@llem/core';
import { jsonOf } from '../json.js';
import { cachedSnapshot, kindAt, localPath } from './cache.js';

/** `revision` null: the main branch. Synchronous, fetches nothing, never throws; null where it is not here. */
export function localModelConfig(model: string, revision: string | null): JsonObject | null {
  try {
    const folder = folderOf(model, revision ?? 'main');
    return folder === null ? null : objectIn(join(folder, 'config.json'));
  } catch {
    return null;
  }
}

function folderOf(model: string, revision: string): string | null {
  const path = localPath(model);
  switch (kindAt(path)) {
    case 'folder':
      return path;
    case 'file':
      return dirname(path);
    case null:
      return cachedSnapshot(model, revision)?.folder ?? null;
  }
}

/** The object in a JSON file. Null where there is no such file, or something else in it. */
export function objectIn(path: string): JsonObject | null {
  let text;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return null;
  }
  const value = jsonOf(text);
  return isJsonObject(value) ? value : null;
}
