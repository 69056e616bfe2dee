/** Servers that llem does not start: they are there before a run and after it, on this machine or on another one. */
import type { Experiment } from '@llem/core';
import type { Plugins } from '../request.js';

export function isAttached(
  experiment: Experiment,
  plugins: Pick<Plugins, 'resolveRunner' | 'runner'>,
): boolean {
  return plugins.runner(plugins.resolveRunner(experiment)).place === 'elsewhere';
}
