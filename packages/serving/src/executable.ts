/** The program of an engine on this machine. */
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { failed, ok, type Check } from '@llem/core';

/**
 * The path of a program: of a name in PATH, of a file, or in a folder of a virtual environment, where it is `bin/<program>`. Null
 * where there is none that can be run.
 */
export async function findExecutable(named: string, program: string): Promise<string | null> {
  const folders = /[\\/]/.test(named) ? [''] : (process.env['PATH'] ?? '').split(delimiter);
  for (const folder of folders) {
    const path = folder === '' ? resolve(named) : join(folder, named);
    if (await canRun(path)) return path;
    const inside = join(path, 'bin', program);
    if (folder === '' && (await canRun(inside))) return inside;
  }
  return null;
}

async function canRun(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/** `install` says how to come by it. */
export function executableCheck(section: string, named: string, program: string, install: string): Check {
  return {
    id: `${section}.executable`,
    title: program,
    async run() {
      const path = await findExecutable(named, program);
      if (path !== null) return ok(`${path} can be run.`);
      return {
        ...failed(
          `There is no executable "${named}" here.`,
          `${install}, name one in ${section}.executable, or have it run in a container.`,
        ),
        ...(named === program ? { absent: true } : {}),
      };
    },
  };
}
