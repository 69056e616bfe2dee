/** What the exit of a server tells where its log tells nothing. */
import type { ServiceExit } from '@llem/core';
import type { Diagnosis } from './phrases.js';

/** 128 and the number of a signal, as shells and containers report it. */
const SIGNALS: Readonly<Record<number, string>> = {
  132: 'SIGILL',
  134: 'SIGABRT',
  135: 'SIGBUS',
  137: 'SIGKILL',
  139: 'SIGSEGV',
  143: 'SIGTERM',
};

/** Of a shell that cannot run a command, or does not find it. */
const NOT_STARTED = [126, 127];
/** Of argparse and click alike. */
const WRONG_USAGE = 2;

/** Pure; never throws. Null where it tells nothing either. `who` begins the message. */
export function diagnoseExit({ code, signal }: ServiceExit, who = 'The engine'): Diagnosis | null {
  const ended = signal ?? SIGNALS[code ?? 0] ?? null;
  switch (ended) {
    case 'SIGKILL':
    case 'SIGTERM':
      return {
        class: 'killed',
        message: `${who} was killed from outside (${ended}).`,
        remedy:
          'Check the memory of this machine and the limits of the container: the system kills what takes too much.',
      };
    case 'SIGSEGV':
    case 'SIGABRT':
    case 'SIGILL':
    case 'SIGBUS':
      return {
        class: 'crashed',
        message: `${who} crashed (${ended}).`,
        remedy: 'Run it again; if it comes back, report it to the engine with the log.',
      };
    default:
      break;
  }
  if (code !== null && NOT_STARTED.includes(code)) {
    return {
      class: 'missing-executable',
      message: `${who} could not be started (exit code ${code}).`,
      remedy: 'Install it, or name its program in the option `executable`.',
    };
  }
  if (code === WRONG_USAGE) {
    return {
      class: 'bad-arguments',
      message: `${who} refused its arguments (exit code ${code}).`,
      remedy: 'Compare the options and `extra` of the engine with `--help` of this release.',
    };
  }
  return null;
}
