/** An installed command: in no checkout of llem, so that it finds what comes with it and nothing else. */
import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));
const NODE_MODULES = fileURLToPath(new URL('../../../node_modules', import.meta.url));

export interface InstalledCommand {
  /** Path of the executable. */
  readonly bin: string;
  remove(): Promise<void>;
}

/** The built command as npm would install it, beside the libraries of this checkout. */
export async function installedCommand(): Promise<InstalledCommand> {
  const root = await mkdtemp(join(tmpdir(), 'llem-installed-'));
  const target = join(root, 'packages', 'cli');
  await mkdir(target, { recursive: true });
  for (const part of ['bin', 'dist', 'package.json', 'oclif.manifest.json'])
    await cp(join(PACKAGE, part), join(target, part), { recursive: true });
  await symlink(join(PACKAGE, 'node_modules'), join(target, 'node_modules'));
  await symlink(NODE_MODULES, join(root, 'node_modules'));
  return { bin: join(target, 'bin', 'run.js'), remove: () => rm(root, { recursive: true, force: true }) };
}
