/** What `llem doctor` looks at beside the plugins: Node and the room on disk. */
import { statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { failed, ok, warning, type Check } from '@llem/core';
import { bytes } from '../terminal/numbers.js';

/** Node lines that get security fixes when this version of llem came out. */
const OLDEST_MAINTAINED_NODE = 22;
/** A study writes a few MiB a run, a generated model up to some hundred MiB. */
const LITTLE_ROOM_BYTES = 2 * 1_024 ** 3;
const NO_ROOM_BYTES = 200 * 1_024 ** 2;

export function machineChecks(folders: { readonly output: string; readonly cache: string }): Check[] {
  return [
    {
      id: 'llem.node',
      title: 'Node',
      run: () => Promise.resolve(nodeFinding(process.versions.node)),
    },
    roomCheck('llem.output', 'Room for results', folders.output),
    roomCheck('llem.cache', 'Room for models', folders.cache),
  ];
}

export function nodeFinding(version: string) {
  const major = Number(version.split('.')[0]);
  if (major >= OLDEST_MAINTAINED_NODE) return ok(`Node ${version}.`);
  return warning(
    `Node ${version} works and is no longer maintained.`,
    'Install a current Node from https://nodejs.org when convenient.',
  );
}

function roomCheck(id: string, title: string, folder: string): Check {
  return {
    id,
    title,
    async run() {
      const free = await freeBytes(resolve(folder));
      if (free === null)
        return warning(`The room left for ${folder} is unknown.`, 'Check that it can be written to.');
      return roomFinding(free, folder);
    },
  };
}

export function roomFinding(free: number, folder: string) {
  const message = `${bytes(free)} free for ${folder}.`;
  if (free < NO_ROOM_BYTES) return failed(message, 'Make room, or use another disk.');
  return free < LITTLE_ROOM_BYTES ? warning(message, 'Make room before a long study.') : ok(message);
}

/** Of the nearest folder above that is there; null when nothing can be told. */
async function freeBytes(folder: string): Promise<number | null> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch {
    const above = dirname(folder);
    return above === folder ? null : await freeBytes(above);
  }
}
