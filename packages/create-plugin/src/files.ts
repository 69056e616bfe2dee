/** The files of a new plugin, from the templates. */
import { readdir, readFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageJson, type Place } from './package-json.js';
import type { PluginRequest } from './request.js';
import { ownPackage } from './versions.js';

const TEMPLATES = fileURLToPath(new URL('../templates/', import.meta.url));

/** Content by path, which is relative to the folder of the plugin and written with slashes. */
export type PluginFiles = ReadonlyMap<string, string>;

/** A package of its own, for others to install. */
export async function outsideFiles(request: PluginRequest): Promise<PluginFiles> {
  const { 'NEXT.md': commands = '', gitignore = '', ...rest } = await filesUnder('outside');
  // npm would leave a file of that name out of this package, and obey it.
  const own = { ...rest, '.gitignore': gitignore };
  return filled(request, { ...(await filesUnder(request.kind)), ...own }, 'outside', commands);
}

/** A package of this repository. */
export async function workspaceFiles(request: PluginRequest): Promise<PluginFiles> {
  const { 'NEXT.md': commands = '' } = await filesUnder('workspace');
  const own = { 'tsconfig.json': workspaceTsconfig(request) };
  return filled(request, { ...(await filesUnder(request.kind)), ...own }, 'workspace', commands);
}

async function filled(
  request: PluginRequest,
  templates: Readonly<Record<string, string>>,
  place: Place,
  commands: string,
): Promise<PluginFiles> {
  const fill = (text: string) =>
    text
      .replaceAll('PLUGIN_COMMANDS', commands.trim())
      .replaceAll('PLUGIN_FOLDER', request.folder)
      .replaceAll('PLUGIN_PROJECT', request.folder.split('/').at(-1) ?? '')
      .replaceAll('PLUGIN_PACKAGE', request.packageName)
      .replaceAll('PLUGIN_ID', request.id);
  const files = Object.entries(templates).map(([path, text]) => [path, fill(text)] as const);
  return new Map([['package.json', packageJson(request, await ownPackage(), place)], ...files]);
}

function workspaceTsconfig({ kind }: PluginRequest): string {
  const needed = kind === 'runner' ? ['core', 'localhost'] : ['core'];
  const config = {
    extends: '../../tsconfig.base.json',
    compilerOptions: { rootDir: 'src', outDir: 'dist', tsBuildInfoFile: 'dist/.tsbuildinfo' },
    include: ['src'],
    exclude: ['src/**/*.test.ts', 'src/**/*.fixture.ts'],
    references: needed.map((name) => ({ path: `../${name}` })),
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

async function filesUnder(folder: string): Promise<Record<string, string>> {
  const root = join(TEMPLATES, folder);
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(
    await Promise.all(
      files.toSorted().map(async (path) => {
        const name = path.slice(root.length + 1).replaceAll(sep, '/');
        return [name, await readFile(path, 'utf8')] as const;
      }),
    ),
  );
}
