/**
 * The list of installed and linked plugins: `oclif.plugins` in the store's package.json, as @oclif/plugin-plugins writes and
 * @oclif/core reads it.
 */
import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { llemError } from '@llem/core';
import { z } from 'zod';
import { ifThere } from './absent.js';

const entrySchema = z.discriminatedUnion('type', [
  /** From a registry by `tag` (a dist-tag, a version or a range), from elsewhere by `url` (what npm was told). */
  z.looseObject({
    name: z.string(),
    type: z.literal('user'),
    tag: z.string().optional(),
    url: z.string().optional(),
  }),
  z.looseObject({ name: z.string(), type: z.literal('link'), root: z.string() }),
]);
export type PluginEntry = z.output<typeof entrySchema>;

const storeSchema = z.looseObject({
  dependencies: z.record(z.string(), z.string()).default({}),
  oclif: z
    .looseObject({
      schema: z.literal(1).default(1),
      plugins: z
        .array(z.union([entrySchema, z.string().transform((name) => ({ name, type: 'user' as const }))]))
        .default([]),
    })
    .default({ schema: 1, plugins: [] }),
});
export type StorePackage = z.output<typeof storeSchema>;

/** Of a folder of the store; an empty list where it has none. Throws LLEM_E_CONFIG where it is something else. */
export async function readStore(folder: string | null): Promise<StorePackage> {
  const path = folder === null ? null : join(folder, 'package.json');
  const text = path === null ? null : await ifThere(readFile(path, 'utf8'));
  if (path === null || text === null) return storeSchema.parse({});
  try {
    return storeSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw llemError('LLEM_E_CONFIG', `The list of installed plugins cannot be read: ${path}.`, {
      remedy: 'Begin anew with `llem plugins reset`, and install the plugins again.',
      cause,
    });
  }
}

/** Replaces the file; `name` keeps npm from taking that of the folder. */
export async function writeStore(folder: string, store: StorePackage): Promise<void> {
  const path = join(folder, 'package.json');
  const handle = await open(`${path}.new`, 'w');
  try {
    await handle.writeFile(`${JSON.stringify({ name: 'llem-plugins', private: true, ...store }, null, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${path}.new`, path);
}

/** With `entry` in the place of the one of the same name. */
export function withEntry(store: StorePackage, entry: PluginEntry): StorePackage {
  const { oclif } = withoutEntry(store, entry.name);
  return { ...store, oclif: { ...oclif, plugins: [...oclif.plugins, entry] } };
}

export function withoutEntry(store: StorePackage, name: string): StorePackage {
  const plugins = store.oclif.plugins.filter((one) => one.name !== name);
  return { ...store, oclif: { ...store.oclif, plugins } };
}
