/** Gives a copy of this workspace, or one like it, the dependencies that are installed here. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const WORKSPACE = fileURLToPath(new URL('../../../', import.meta.url));
const MODULES = 'node_modules';

/** Links them into the workspace `root`; a package of its own is its own there, as `npm install` would have it. */
export async function linkModules(root: string): Promise<void> {
  await linkAll(join(WORKSPACE, MODULES), join(root, MODULES));
  for (const name of await readdir(join(root, 'packages'))) {
    const folder = join(root, 'packages', name);
    const manifest = z
      .object({ name: z.string() })
      .parse(JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')));
    const link = join(root, MODULES, manifest.name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(folder, link);
    // What npm could not put at the top, as another version is there.
    const nested = join(WORKSPACE, 'packages', name, MODULES);
    if (existsSync(nested)) await linkAll(nested, join(folder, MODULES));
  }
}

async function linkAll(from: string, to: string): Promise<void> {
  await mkdir(to);
  for (const name of await readdir(from)) {
    if (name !== '@llem') await symlink(join(from, name), join(to, name));
  }
}
