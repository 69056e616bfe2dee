/** The program of an engine on this machine. */
import { constants, statSync, type Stats } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { basename, delimiter, dirname, join, resolve } from 'node:path';
import { failed, ok, type Check } from '@llem/core';

const isPath = (named: string): boolean => /[\\/]/.test(named);

/** Undefined for whatever cannot be looked at, for whatever reason. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/**
 * What to start: of a folder, as that of a virtual environment, the program in its `bin`; anything else as it is named. Looks at the
 * disk for nothing but whether it is a folder.
 */
export function commandFor(named: string, program: string): string {
  const isFolder = isPath(named) && statOf(named)?.isDirectory() === true;
  return isFolder ? join(resolve(named), 'bin', program) : named;
}

/**
 * What an engine of a virtual environment needs to find its tools, such as ninja, which it starts by name; empty for any other
 * program. `command` is that of `commandFor`.
 */
export function virtualEnvironment(command: string): Record<string, string> {
  const bin = isPath(command) ? dirname(resolve(command)) : '';
  if (basename(bin) !== 'bin') return {};
  if (statOf(join(dirname(bin), 'pyvenv.cfg')) === undefined) return {};
  return {
    VIRTUAL_ENV: dirname(bin),
    PATH: [bin, process.env['PATH'] ?? ''].filter((folder) => folder !== '').join(delimiter),
  };
}

/**
 * The path of a program: of a name in PATH, of a file, or in a folder of a virtual environment, where it is `bin/<program>`. Null
 * where there is none that can be run. Never throws.
 */
export async function findExecutable(named: string, program: string): Promise<string | null> {
  const command = commandFor(named, program);
  const folders = isPath(command) ? [''] : (process.env['PATH'] ?? '').split(delimiter);
  for (const folder of folders) {
    const path = folder === '' ? resolve(command) : join(folder, command);
    if (await canRun(path)) return path;
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
      const command = commandFor(named, program);
      const isHere = isPath(command) && statOf(command)?.isFile() === true;
      return {
        ...failed(
          isHere
            ? `"${command}" may not be executed: it lacks the permission.`
            : `There is no executable "${command}" here.`,
          isHere
            ? `Make it executable (chmod +x), or name another in ${section}.executable.`
            : `${install}, name one in ${section}.executable, or have it run in a container.`,
        ),
        ...(named === program ? { absent: true } : {}),
      };
    },
  };
}
