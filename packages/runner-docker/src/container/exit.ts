/** How a container ended, as its engine tells it. Pure. */
import { constants } from 'node:os';
import type { FailureCause, ServiceExit } from '@llem/core';
import { z } from 'zod';
import { causeOf } from '../engine/errors.js';
import type { EngineAddress } from '../engine/address.js';
import { daemonOf } from '../engine/daemon.js';

export const stateSchema = z.looseObject({
  Status: z.string().default(''),
  Running: z.boolean(),
  OOMKilled: z.boolean().default(false),
  ExitCode: z.int(),
  Error: z.string().default(''),
});
export type ContainerState = z.output<typeof stateSchema>;

const GIB = 2 ** 30;
/** What a shell, and the first process of a container, adds to the number of the signal that ended what it started. */
const SIGNAL_BASE = 128;

/** A program that may not be executed, and one that is not there: the codes of a shell, which the first process has as well. */
const NOT_STARTED = new Set([126, 127]);
/** What Docker's first process, tini under the name of docker-init, says of the program that it is to start. */
const FIRST_PROCESS = /^\[FATAL tini \(\d+\)\] exec (.+ failed: .+)$/m;
/** What Podman's says, which ends with 1 then and names no program. */
const FIRST_PROCESS_OF_PODMAN = /^ERROR \(catatonit:\d+\): failed to exec pid1: (.+)$/m;

export interface Ended {
  readonly address: EngineAddress;
  readonly name: string;
  /** As it was asked for. */
  readonly image: string;
  /** Null where it had no limit of its own. */
  readonly memoryBytes: number | null;
}

/** Of a container that has ended and is still there; `lastWords`: the end of what it wrote to its standard error. */
export function exitOf(state: ContainerState, ended: Ended, lastWords: string): ServiceExit {
  const number = state.ExitCode - SIGNAL_BASE;
  const signal = Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? null;
  const how = signal === null ? { code: state.ExitCode, signal } : { code: null, signal };
  const cause = causeOfEnd(state, ended, lastWords);
  return cause === null ? how : { ...how, cause };
}

/** Of one whose engine does not know it any more. */
export const removedExit = ({ name }: Ended): ServiceExit => ({
  code: null,
  signal: 'SIGKILL',
  cause: removed(name),
});

/** Of one whose engine has gone, or does not answer: `more` says what became of its processes. */
export const abandonedExit = ({ address }: Ended, more: string): ServiceExit => ({
  code: null,
  signal: 'SIGKILL',
  cause: {
    class: 'docker-gone',
    message: `The Docker engine at ${address.url} (${address.from}) went away while the container ran. ${more}`,
    remedy: `See why, ${daemonOf(address).log}, and start it again: ${daemonOf(address).start}.`,
  },
});

export const STUCK_REMEDY =
  'See what holds its processes, `ps -eo pid,stat,wchan:32,args | grep " D"` and `sudo dmesg | tail`; often the machine has to be started again.';

/** Of one that its engine, which answers, could not end: it runs on. `left`: processes of it that are seen. */
export const stuckExit = ({ name }: Ended, left: readonly number[]): ServiceExit => ({
  code: null,
  signal: null,
  cause: {
    class: 'container-stuck',
    message: `The container ${name} was killed and still runs${left.length === 0 ? '' : `, with the processes ${left.join(', ')}`}.`,
    remedy: STUCK_REMEDY,
  },
});

/** Of one that was killed because nothing would have removed it had llem died. */
export const unguardedExit = (name: string): ServiceExit => ({
  code: null,
  signal: 'SIGKILL',
  cause: {
    class: 'supervisor-failed',
    message: `The supervisor of the container ${name} was killed from outside; the container was killed after it.`,
    remedy: 'Make sure that nothing kills processes of this user.',
  },
});

function causeOfEnd(state: ContainerState, ended: Ended, lastWords: string): FailureCause | null {
  // The engine kills first what it is told to remove.
  if (state.Status === 'removing' || state.Status === 'dead') return removed(ended.name);
  // A process of many may have been killed, and the engine have ended well all the same.
  if (state.OOMKilled && state.ExitCode !== 0) return outOfMemory(ended.memoryBytes);
  const refused = NOT_STARTED.has(state.ExitCode) ? FIRST_PROCESS.exec(lastWords)?.[1] : undefined;
  if (refused !== undefined) return badEntrypoint(ended.image, refused);
  const why = state.ExitCode === 0 ? undefined : FIRST_PROCESS_OF_PODMAN.exec(lastWords)?.[1];
  if (why !== undefined) return unnamedEntrypoint(ended.image, why);
  return state.Error === ''
    ? null
    : causeOf(new Error(state.Error), { doing: 'start', address: ended.address });
}

function badEntrypoint(image: string, words: string): FailureCause {
  const [program = '', why = ''] = words.split(' failed: ');
  return why.startsWith('No such file')
    ? {
        class: 'bad-entrypoint',
        message: `The image ${image} has no program \`${program}\`.`,
        remedy: 'Choose an image of this engine in the option `image` of the runner.',
      }
    : {
        class: 'bad-entrypoint',
        message: `The program \`${program}\` of the image ${image} cannot be started: ${why}.`,
        remedy: 'Set `user` in the options of the runner to one that may, or choose another image.',
      };
}

const unnamedEntrypoint = (image: string, why: string): FailureCause => ({
  class: 'bad-entrypoint',
  message: `What the container is to run in the image ${image} cannot be started: ${why}.`,
  remedy:
    'Choose an image of this engine in the option `image` of the runner, or set `user` to one that may execute it.',
});

const removed = (name: string): FailureCause => ({
  class: 'container-removed',
  message: `The container ${name} was removed by somebody else while it ran.`,
  remedy: 'Leave containers whose names begin with llem- alone while a study runs.',
});

function outOfMemory(limitBytes: number | null): FailureCause {
  if (limitBytes === null) {
    return {
      class: 'out-of-memory',
      message: 'The machine had no memory left, and its kernel killed a process of the container.',
      remedy: 'Use a smaller model or a shorter context, or end other programs.',
    };
  }
  return {
    class: 'out-of-memory',
    message: `The container needed more memory than its limit of ${(limitBytes / GIB).toFixed(2)} GiB.`,
    remedy: 'Raise `memory_gib` in the options of the runner, or leave it out.',
  };
}
