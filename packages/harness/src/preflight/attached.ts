/** What a study cannot have of a server that llem does not start. */
import { isDeepStrictEqual } from 'node:util';
import { warning, type Experiment } from '@llem/core';
import type { NamedFinding } from '../energy/meters.js';
import type { RunnerUse } from './parts.js';

/** A warning for every server of which experiments ask to run in several ways: it runs in one, whatever they are called. */
export function severalSettings(uses: readonly RunnerUse[]): NamedFinding[] {
  return uses.flatMap(({ resolved, runner, experiments }) => {
    if (runner.place !== 'elsewhere') return [];
    const differing = differingOptions(experiments);
    const [first] = differing;
    if (first === undefined) return [];
    const what = differing.join(', ');
    return [
      {
        id: `${resolved.type}.settings`,
        ...warning(
          `Experiments differ in ${what} and are to be measured with one server that llem does not start: it runs with one of these settings, for all of them.`,
          `Start a server for each, and name it with \`runner\` in the experiment; or leave ${first} out of the sweep.`,
        ),
      },
    ];
  });
}

/** `vllm.max_num_seqs`, of every option that experiments of one engine do not agree on. */
function differingOptions(experiments: readonly Experiment[]): string[] {
  const found = new Set<string>();
  for (const { backend, options } of experiments) {
    const alike = experiments.filter((other) => other.backend === backend);
    const names = new Set(alike.flatMap((other) => Object.keys(other.options)));
    for (const name of names) {
      if (alike.some((other) => !isDeepStrictEqual(other.options[name], options[name])))
        found.add(`${backend}.${name}`);
    }
  }
  return [...found];
}
