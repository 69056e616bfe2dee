/** What `llem doctor` says of the source. A `failed` check means that the meter cannot be used here. */
import { absent, failed, ok, type Check, type Finding } from '@llem/core';
import { obstacle } from './counter.js';
import type { Options } from './options.js';

export const checksFor = ({ path, joules_per_unit }: Options): readonly Check[] => [
  {
    id: 'PLUGIN_ID.readable',
    title: 'Energy counter PLUGIN_ID',
    run: () => Promise.resolve(find(path, joules_per_unit)),
  },
];

function find(path: string, joulesPerUnit: number): Finding {
  const why = obstacle(path);
  if (why === null) return ok(`${path} can be read; one unit is taken for ${joulesPerUnit} J.`);
  const remedy = 'Name the file of a counter in the option `path`.';
  // Absent: this machine has nothing of the kind, and nobody is bothered with it who did not ask for it by name.
  return why === 'ENOENT'
    ? absent(`There is no counter ${path}.`, remedy)
    : failed(`The counter ${path} cannot be read (${why}).`, remedy);
}
