/** The Docker runner: an engine in a container, under a supervisor that it cannot outlive. */
import { definePlugin, llemError, type Runner } from '@llem/core';
import { optionsSchema } from './options.js';

export const { options, create } = definePlugin(optionsSchema, (_, settings): Runner => {
  const unfinished = () =>
    Promise.reject(
      llemError('LLEM_E_START', 'The Docker runner is being written.', { remedy: 'Use the local runner.' }),
    );
  return {
    place: 'container',
    checks: () => [],
    target: () =>
      Promise.resolve({ host: '0.0.0.0', port: 8000, container: { image: settings.image ?? null } }),
    start: unfinished,
  };
});
