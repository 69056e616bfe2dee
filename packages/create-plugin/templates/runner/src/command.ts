/** What is started: the engine's command, as the backend says it, with what this runner puts in front. */
import type { ServiceSpec } from '@llem/core';
import type { Options } from './options.js';

/** `srun`, `numactl` or `taskset` would stand here as well. Environment, address and grace stay those of the backend. */
export const withPriority = (spec: ServiceSpec, { niceness }: Options): ServiceSpec => ({
  ...spec,
  command: [FRONT, '-n', String(niceness), ...spec.command],
});

/** The program that stands in front of the engine's. */
export const FRONT = 'nice';
