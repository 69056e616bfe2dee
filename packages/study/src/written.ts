/** Puts back into checked settings what was written, where the value of an environment variable was checked in its place. */
import type { Problems } from './problems.js';
import type { Located } from './tree.js';

/** The checked value, changed in place: it was made by the check. `node` is what was checked. */
export function asWritten<T>(checked: T, node: Located, problems: Problems): T {
  // Of a large study this is asked for every point.
  if (!isBound(node)) return checked;
  const bound = boundTexts(node);
  for (const { path, used, written } of bound) {
    const parent = path.slice(0, -1).reduce<unknown>(child, checked);
    const key = path.at(-1);
    if (key === undefined || typeof parent !== 'object' || parent === null) continue;
    if (Reflect.get(parent, key) === used) Reflect.set(parent, key, written);
  }
  // A schema may have put a text elsewhere, or made another one of it.
  concealWithin(checked, problems);
  return checked;
}

function isBound(node: Located): boolean {
  switch (node.kind) {
    case 'scalar':
      return node.used !== undefined;
    case 'list':
      return node.items.some(isBound);
    case 'map':
      for (const { value } of node.entries.values()) if (isBound(value)) return true;
      return false;
  }
}

interface BoundText {
  readonly path: readonly (string | number)[];
  readonly used: string;
  readonly written: string;
}

function boundTexts(node: Located, path: readonly (string | number)[] = []): BoundText[] {
  switch (node.kind) {
    case 'scalar':
      return node.used === undefined ? [] : [{ path, used: node.used, written: String(node.value) }];
    case 'list':
      return node.items.flatMap((item, index) => boundTexts(item, [...path, index]));
    case 'map':
      return [...node.entries].flatMap(([key, { value }]) => boundTexts(value, [...path, key]));
  }
}

function child(value: unknown, key: string | number): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return Reflect.get(value, key);
}

function concealWithin(value: unknown, problems: Problems): void {
  if (typeof value !== 'object' || value === null) return;
  for (const key of Object.keys(value)) {
    const inner: unknown = Reflect.get(value, key);
    if (typeof inner !== 'string') concealWithin(inner, problems);
    else if (problems.shown(inner) !== inner) Reflect.set(value, key, problems.shown(inner));
  }
}
