/** Why a container was not made or did not start. */
import type { FailureCause } from '@llem/core';
import { imageOf, quoted, type Doing, type Rule } from './rule.js';

const MAKING: readonly Doing['doing'][] = ['create', 'start'];
const cause = (failureClass: string, message: string, remedy: string): FailureCause => ({
  class: failureClass,
  message,
  remedy,
});

export const CONTAINER_RULES: readonly Rule[] = [
  {
    words: /exec:? "?docker-init"?|docker-init.*(?:not found|no such file)/i,
    doing: MAKING,
    cause: () =>
      cause(
        'container-start-failed',
        'Docker has no `docker-init`, the first process of each container.',
        'Install it: `sudo apt-get install tini docker.io`, or the package of Docker for your system, whole.',
      ),
  },
  {
    words: /container-init binary not found|catatonit/i,
    doing: MAKING,
    cause: () =>
      cause(
        'container-start-failed',
        'Podman has no `catatonit`, the first process of each container.',
        'Install it: `sudo apt-get install catatonit`, or the package of that name for your system.',
      ),
  },
  {
    words: /(?:error setting rlimit|setrlimit).*/i,
    doing: MAKING,
    cause: ([words]) =>
      cause(
        'limit-unavailable',
        `The Docker engine may not set the limits of the container: ${words}.`,
        'Lower `ulimits` in the options of the runner to what `ulimit -aH` shows for the engine, or leave them out.',
      ),
  },
  {
    words: /exec format error/i,
    cause: (_, doing) =>
      cause(
        'bad-entrypoint',
        `${imageOf(doing)} is built for other processors than those of this machine, or what it starts is no program.`,
        'Choose an image for this machine in the option `image` of the runner.',
      ),
  },
  {
    words:
      /exec:? "?([^":]+)"?:.*(?:executable file not found|no such file or directory)|executable file `([^`]+)` not found/i,
    doing: MAKING,
    cause: ([, program, named], doing) =>
      cause(
        'bad-entrypoint',
        `${imageOf(doing)} has no program \`${program ?? named ?? ''}\`.`,
        'Choose an image of this engine in the option `image` of the runner.',
      ),
  },
  {
    words:
      /exec:? "?([^":]+)"?:.*(?:permission denied|is a directory)|the path `([^`]+)` (?:exists but it is not executable|is not a regular file)/i,
    doing: MAKING,
    cause: ([, program, named], doing) =>
      cause(
        'bad-entrypoint',
        `${imageOf(doing)} has \`${program ?? named ?? ''}\`, which the user of the container may not execute.`,
        'Set `user` in the options of the runner to one that may, or choose another image.',
      ),
  },
  {
    words:
      /unable to find (?:user|group) ([^\s:]+): no matching|no matching entries in (?:passwd|group) file/i,
    cause: ([, name], doing) =>
      cause(
        'container-start-failed',
        `${imageOf(doing)} knows no user or group ${name ?? 'of that name'}.`,
        'Give `user` in the options of the runner by number, `1000:1000`.',
      ),
  },
  {
    words: /mounts denied|is not shared from (?:the host|OS X)/i,
    cause: (_, __, told) =>
      cause(
        'mount-missing',
        `Docker Desktop does not share a folder that the engine needs. ${quoted(told)}`,
        'Share it in its settings, Resources, File sharing.',
      ),
  },
  {
    words: /bind source path does not exist: (.+)/i,
    cause: ([, path]) =>
      cause(
        'mount-missing',
        `${path ?? 'A folder'} is to be mounted and is not there.`,
        'Make it, or correct `mounts` in the options of the runner.',
      ),
  },
  {
    words:
      /\bmounting "?([^"]+?)"? to rootfs|error while creating mount source path '?([^':]+)|crun: mount `([^`]+)` to `/i,
    cause: ([, path, source, mounted], _, told) =>
      cause(
        'mount-missing',
        `${path ?? source ?? mounted ?? 'A folder'} cannot be mounted. ${quoted(told)}`,
        'Look at what is there and who may read it, and correct `mounts` in the options of the runner.',
      ),
  },
  {
    words: /duplicate mount point: (\S+)|(\S+): duplicate mount destination/i,
    cause: ([, path, target]) =>
      cause(
        'mount-missing',
        `Two mounts have the same place in the container, ${path ?? target ?? ''}.`,
        'Take one of them out of `mounts` in the options of the runner.',
      ),
  },
  {
    words: /port is already allocated|address already in use/i,
    doing: MAKING,
    cause: (_, { port }) =>
      cause(
        'port-in-use',
        `${port === undefined ? 'The port' : `Port ${port}`} of this machine was taken by another program before the container had it.`,
        'Run it again: another port will be chosen.',
      ),
  },
  {
    words: /name "?\/?([^"\s]+)"? is already in use/i,
    cause: ([, name]) =>
      cause(
        'name-conflict',
        `There is a container named ${name ?? 'like this one'} already.`,
        `Remove it: \`docker rm -f ${name ?? ''}\`.`,
      ),
  },
  {
    words: /minimum memory limit.*?(\d+ ?[kMG]i?B)/i,
    cause: ([, least]) =>
      cause(
        'container-start-failed',
        `The memory limit of the container is below the least that Docker takes, ${least ?? '6MB'}.`,
        'Raise `memory_gib` in the options of the runner.',
      ),
  },
  {
    words: /range of CPUs is from (\S+) to (\S+?),?(?:\s|$)/i,
    cause: ([, , most]) =>
      cause(
        'container-start-failed',
        `The container is to have more processors than Docker has, ${most ?? 'all of them'}.`,
        'Lower `cpus` in the options of the runner.',
      ),
  },
  {
    words: /OOM-killed|memory limit too low|cannot allocate memory/i,
    doing: MAKING,
    cause: (_, __, told) =>
      cause(
        'out-of-memory',
        `The memory that the container may have is too small to start it. ${quoted(told)}`,
        'Raise `memory_gib` in the options of the runner.',
      ),
  },
  {
    words:
      /no such container|container \S+ (?:not found|is marked for removal)|removal of container \S+ is already in progress/i,
    doing: ['start'],
    cause: () =>
      cause(
        'container-removed',
        'The container of the engine was removed by somebody else.',
        'Leave containers that are named llem-… alone while a study runs.',
      ),
  },
];
