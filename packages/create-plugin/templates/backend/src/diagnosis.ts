/** Why the engine ended, from its log: a name for the failure and what to do. Collect here what your users run into. */
import type { FailureCause, ServiceExit } from '@llem/core';

const PHRASES: readonly (FailureCause & { readonly pattern: RegExp })[] = [
  {
    pattern: /EADDRINUSE|[Aa]ddress already in use/,
    class: 'port-in-use',
    message: 'The port of the engine was taken by somebody else.',
    remedy: 'Run it again: another port is chosen.',
  },
  {
    pattern: /out of memory|heap limit|std::bad_alloc/i,
    class: 'out-of-memory',
    message: 'The engine ran out of memory.',
    remedy: 'Lower PLUGIN_ID.slots or PLUGIN_ID.context.',
  },
  {
    pattern: /Unknown option|unrecognized argument/i,
    class: 'bad-arguments',
    message: 'The engine does not know one of its arguments.',
    remedy: 'Use the release of the engine that this plugin was written for.',
  },
];

/** Pure; never throws, whatever the log holds. Null when it recognises nothing: llem then shows the end of the log. */
export function diagnose(exit: ServiceExit, log: string): FailureCause | null {
  const found = PHRASES.find(({ pattern }) => pattern.test(log));
  if (found) return { class: found.class, message: found.message, remedy: found.remedy };
  if (exit.signal !== 'SIGKILL') return null;
  return {
    class: 'killed',
    message: 'The engine was killed from outside.',
    remedy: 'Check the memory of this machine: the system kills what takes too much.',
  };
}
