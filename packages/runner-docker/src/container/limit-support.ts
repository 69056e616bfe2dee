/** Whether the engine can hold a container to the limits that a study sets. Pure. */
import { llemError } from '@llem/core';
import type { DockerFacts } from '../engine/facts.js';
import type { DockerOptions } from '../options.js';

/** Throws LLEM_E_START of the class `limit-unavailable`: the engine would say nothing, and the record a limit that there was not. */
export function requireLimits(options: DockerOptions, { limits }: Pick<DockerFacts, 'limits'>): void {
  const wanted = [
    { option: 'memory_gib', isSet: options.memory_gib !== undefined, can: limits.memory },
    { option: 'cpus', isSet: options.cpus !== undefined, can: limits.cpus },
  ];
  const missing = wanted.filter(({ isSet, can }) => isSet && !can).map(({ option }) => `\`${option}\``);
  if (missing.length === 0) return;
  throw llemError(
    'LLEM_E_START',
    `This Docker engine cannot hold a container to ${missing.join(' and ')}: its control groups are not its own.`,
    {
      remedy:
        'Leave it out, or have a rootless engine given control groups: https://docs.docker.com/engine/security/rootless/#limiting-resources.',
      failureClass: 'limit-unavailable',
    },
  );
}
