/** Whether a program is here: looked for as the system does that is to start it. */
import { access, constants, stat } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { startError } from './start-error.js';

/** Where the system looks when nobody says. */
const SYSTEM_PATH = '/usr/bin:/bin';

/** The path of a program: of a file, or of a name in the folders of `path`. Null where there is none that can be run. Never throws. */
export async function findProgram(
  named: string,
  path = process.env['PATH'] ?? SYSTEM_PATH,
): Promise<string | null> {
  for (const candidate of candidatesOf(named, path)) {
    if (await canRun(candidate)) return candidate;
  }
  return null;
}

/**
 * For a runner that starts something in front of an engine: what stands in front, and not the system, would be told that the engine's program is not
 * there. `env` is what the engine is given beside the environment of this process. Throws LLEM_E_START, as the start itself would.
 */
export async function requireProgram(
  named: string,
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const path = env['PATH'] ?? process.env['PATH'] ?? SYSTEM_PATH;
  if ((await findProgram(named, path)) !== null) return;
  const isThere = await Promise.all(candidatesOf(named, path).map(isAnything));
  throw startError(named, { code: isThere.includes(true) ? 'EACCES' : 'ENOENT', message: '' });
}

/** A name with a slash is a path; an empty folder of PATH is the one that this process runs in. */
function candidatesOf(named: string, path: string): string[] {
  if (named.includes('/')) return [resolve(named)];
  return path.split(delimiter).map((folder) => join(resolve(folder), named));
}

const isAnything = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

async function canRun(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
