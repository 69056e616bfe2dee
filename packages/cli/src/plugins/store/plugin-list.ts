/**
 * The list of installed and linked plugins: `oclif.plugins` in the store's package.json, in the form of @oclif/plugin-plugins.
 * Read by hand: every start needs it, and a library for that would take longer to load than all else.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ifThere } from './absent.js';

/** Where a plugin was installed from: a registry, by a dist-tag, version or range, or an address that npm was told. */
export type Origin = { readonly tag: string } | { readonly url: string };

export type PluginEntry =
  | { readonly name: string; readonly type: 'user'; readonly origin: Origin }
  | { readonly name: string; readonly type: 'link'; readonly root: string };

export interface StorePackage {
  /** By name, as npm writes them; plugins alone. */
  readonly dependencies: ReadonlyMap<string, string>;
  readonly plugins: readonly PluginEntry[];
  /** Of the list, what is not understood: a later llem may have written it. Kept as it is. */
  readonly unread: readonly UnreadEntry[];
}

export interface UnreadEntry {
  /** Null where it has none. */
  readonly name: string | null;
  /** As it stands in the file: JSON. */
  readonly value: unknown;
}

export const EMPTY_STORE: StorePackage = { dependencies: new Map(), plugins: [], unread: [] };

/** Of a folder of the store; empty where it has none. Throws LLEM_E_CONFIG where the file is something else. */
export async function readStore(folder: string | null): Promise<StorePackage> {
  const path = folder === null ? null : join(folder, 'package.json');
  const text = path === null ? null : await ifThere(readFile(path, 'utf8'));
  if (path === null || text === null) return EMPTY_STORE;
  try {
    const pjson: unknown = JSON.parse(text);
    const dependencies = Object.entries(fieldsOf(fieldsOf(pjson)['dependencies'] ?? {}));
    const plugins = fieldsOf(fieldsOf(pjson)['oclif'] ?? {})['plugins'] ?? [];
    if (!Array.isArray(plugins)) throw new Error('oclif.plugins is no list');
    return {
      dependencies: new Map(dependencies.map(([name, range]) => [name, String(range)])),
      plugins: plugins.flatMap((value: unknown) => entryOf(value) ?? []),
      unread: plugins.flatMap((value: unknown) => (entryOf(value) === null ? [unreadEntry(value)] : [])),
    };
  } catch (cause) {
    const { llemError } = await import('@llem/core');
    throw llemError('LLEM_E_CONFIG', `The list of installed plugins cannot be read: ${path}.`, {
      remedy: 'Begin anew with `llem plugins reset`, and install the plugins again.',
      cause,
    });
  }
}

/** Null for what is no entry of a kind that is known here. */
function entryOf(value: unknown): PluginEntry | null {
  // plugin-plugins once had plain names.
  if (typeof value === 'string') return { name: value, type: 'user', origin: { tag: 'latest' } };
  const { name, type, root, url, tag } = isMapping(value) ? value : {};
  if (typeof name !== 'string') return null;
  if (type === 'link' && typeof root === 'string') return { name, type, root };
  if (type !== 'user') return null;
  if (typeof url === 'string') return { name, type, origin: { url } };
  return { name, type, origin: { tag: typeof tag === 'string' ? tag : 'latest' } };
}

function unreadEntry(value: unknown): UnreadEntry {
  const name = isMapping(value) ? value['name'] : null;
  return { name: typeof name === 'string' ? name : null, value };
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  if (isMapping(value)) return value;
  throw new Error('this is no mapping');
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Replaces the file, all at once. */
export async function writeStore(
  folder: string,
  { dependencies, plugins, unread }: StorePackage,
): Promise<void> {
  const pjson = {
    // npm would take that of the folder, which may be a number.
    name: 'llem-plugins',
    private: true,
    dependencies: Object.fromEntries(dependencies),
    oclif: {
      schema: 1,
      plugins: [
        ...plugins.map((one) =>
          one.type === 'link' ? one : { name: one.name, type: one.type, ...one.origin },
        ),
        ...unread.map(({ value }) => value),
      ],
    },
  };
  const { replaceFile } = await import('@llem/results/durable');
  await replaceFile(join(folder, 'package.json'), `${JSON.stringify(pjson, null, 2)}\n`);
}

/** With `entry` in the place of those of the same name. */
export function withEntry(store: StorePackage, entry: PluginEntry): StorePackage {
  return { ...store, plugins: [...withoutEntry(store, entry.name).plugins, entry] };
}

export function withoutEntry(store: StorePackage, name: string): StorePackage {
  const isOther = (one: { readonly name: string | null }) => one.name !== name;
  return { ...store, plugins: store.plugins.filter(isOther), unread: store.unread.filter(isOther) };
}
