/** A second tree of the same files, at the cost of their names: hard links, and copies of what would be written in place. */
import { constants } from 'node:fs';
import { copyFile, link, mkdir, readdir, readlink, symlink } from 'node:fs/promises';
import { join } from 'node:path';

/** npm writes this one in place; what it puts into a package's folder it puts into a new one. */
const WRITTEN_IN_PLACE = '.package-lock.json';

/** How files get into the new tree. Install scripts write into the files of their package: then every file is a copy. */
export type Sharing = 'links' | 'copies';

/** Makes `to` as `from`; symbolic links stay what they are. Throws what the file system throws. */
export async function repeatTree(from: string, to: string, sharing: Sharing): Promise<void> {
  await mkdir(to);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await repeatTree(source, target, sharing);
    else if (entry.isSymbolicLink()) await symlink(await readlink(source), target);
    else if (entry.isFile())
      await repeatFile(source, target, entry.name === WRITTEN_IN_PLACE ? 'copies' : sharing);
  }
}

export async function repeatFile(source: string, target: string, sharing: Sharing): Promise<void> {
  // Some file systems have no hard links, and some systems let nobody link what belongs to somebody else.
  if (sharing === 'links' && (await links(source, target))) return;
  await copyFile(source, target, constants.COPYFILE_FICLONE);
}

async function links(source: string, target: string): Promise<boolean> {
  try {
    await link(source, target);
    return true;
  } catch {
    return false;
  }
}
