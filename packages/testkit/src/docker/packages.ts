/** npm packages with all that they depend on, as they lie in node_modules of an image. */
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { ImageFile, ImageFiles } from './image.js';

/** Where they lie in the image. */
export const MODULES = '/opt/llem/node_modules';

const names = z.record(z.string(), z.string()).default({});
const manifestSchema = z.object({
  name: z.string(),
  files: z.array(z.string()).optional(),
  os: z.array(z.string()).optional(),
  cpu: z.array(z.string()).optional(),
  dependencies: names,
  optionalDependencies: names,
});

/** A package by its folder, or by its name as a folder would find it. Throws where it or one that it depends on is not installed. */
export function packageFiles(folderOrName: string, from?: string): ImageFiles {
  const files: Record<string, ImageFile> = {};
  /** Where each folder of this machine lies in the image. */
  const placed = new Map<string, string>();

  const place = (folder: string, dependent: string | null) => {
    const manifest = manifestSchema.parse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')));
    if (!fits(manifest.os, process.platform) || !fits(manifest.cpu, process.arch)) return;
    const common = `${MODULES}/${manifest.name}`;
    // Of another version of a package the dependent gets a copy of its own, as npm does it.
    const isTaken = [...placed].some(([source, path]) => path === common && source !== folder);
    const at = isTaken && dependent !== null ? `${dependent}/node_modules/${manifest.name}` : common;
    if (placed.get(folder) === at) return;
    placed.set(folder, at);
    for (const entry of published(folder, manifest.files)) {
      files[`${at}/${entry}`] = { copyOf: join(folder, entry) };
    }
    for (const name of Object.keys(manifest.dependencies)) place(resolve(name, folder), at);
    for (const name of Object.keys(manifest.optionalDependencies)) {
      const optional = find(name, folder);
      if (optional !== null) place(optional, at);
    }
  };

  place(from === undefined ? realpathSync(folderOrName) : resolve(folderOrName, from), null);
  return files;
}

const fits = (supported: readonly string[] | undefined, here: string) => supported?.includes(here) ?? true;

/** What of a folder is the package: all of an installed one, of one in a workspace the folders that it would publish. */
function published(folder: string, files: readonly string[] | undefined): readonly string[] {
  if (folder.includes('/node_modules/')) return readdirSync(folder).filter((name) => name !== 'node_modules');
  return ['package.json', ...(files ?? []).filter((name) => existsSync(join(folder, name)))];
}

function resolve(name: string, from: string): string {
  const found = find(name, from);
  if (found === null) throw new Error(`The package ${name} is not installed where ${from} would find it`);
  return found;
}

/** As Node.js looks for it. */
function find(name: string, from: string): string | null {
  const folder = join(from, 'node_modules', name);
  if (existsSync(folder)) return realpathSync(folder);
  const parent = dirname(from);
  return parent === from ? null : find(name, parent);
}
