/** What a study cannot have of a server that llem does not start. */
import { isDeepStrictEqual } from 'node:util';
import { failed, warning, type Experiment } from '@llem/core';
import { isThisMachine } from '@llem/localhost';
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

/**
 * A failed finding for every server on another machine whose experiments are to be billed for devices: meters read this machine alone,
 * and what rests here would be told as the energy of what was computed there. Looks names up. Never rejects.
 */
export async function billedElsewhere(uses: readonly RunnerUse[]): Promise<NamedFinding[]> {
  const found = uses.map(async ({ resolved, runner, target, experiments }): Promise<NamedFinding[]> => {
    const billed = experiments.filter(({ devices }) => devices !== null);
    const [first] = billed;
    if (runner.place !== 'elsewhere' || target === null || first === undefined) return [];
    if (await isThisMachine(target.host)) return [];
    const more = billed.length > 1 ? ` and ${billed.length - 1} more` : '';
    return [
      {
        id: `${resolved.type}.devices`,
        ...failed(
          `${first.label}${more} say${more === '' ? 's' : ''} \`devices\`, and the server is at ${target.host}, which is no address of this machine: meters would bill what rests here for what is computed there.`,
          'Write `devices` in the other experiments alone, not for all of them. Where the server is on this machine after all, name it by an address of this machine, such as `http://127.0.0.1:8000`.',
        ),
      },
    ];
  });
  return (await Promise.all(found)).flat();
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
