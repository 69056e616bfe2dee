/** What `llem doctor` and every study ask of this machine before they start. A check looks, changes nothing and never throws. */
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { failed, ok, type Check } from '@llem/core';
import type { Options } from './options.js';

export const checksFor = ({ executable }: Options): readonly Check[] => [
  {
    id: 'PLUGIN_ID.executable',
    title: 'Program of the engine PLUGIN_ID',
    run: async () => {
      if (executable === null) return ok('The example engine of the plugin is used.');
      const found = await findExecutable(executable);
      if (found !== null) return ok(`${found} can be run.`);
      return failed(
        `There is no executable file "${executable}".`,
        'Install the engine, or give the path of its program in PLUGIN_ID.executable.',
      );
    },
  },
];

async function findExecutable(name: string): Promise<string | null> {
  const folders = name.includes('/') ? [''] : (process.env['PATH'] ?? '').split(delimiter);
  for (const path of folders.map((folder) => join(folder, name))) {
    const isThere = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return path;
  }
  return null;
}
