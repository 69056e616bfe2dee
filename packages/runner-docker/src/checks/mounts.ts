/** Whether what a container is to be given of this machine is there. */
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { dirname, isAbsolute, posix } from 'node:path';
import {
  failed,
  ok,
  warning,
  type Check,
  type ContainerMount,
  type Finding,
  type ServiceSpec,
} from '@llem/core';
import { containerMounts } from '../container/create.js';
import type { DockerFacts } from '../engine/facts.js';
import type { DockerOptions } from '../options.js';

/** The user of llem; null where there are no such numbers. */
type Self = { readonly uid: number; readonly gid: number } | null;

interface Host {
  facts(signal: AbortSignal): Promise<Pick<DockerFacts, 'isRootless' | 'isLocal'>>;
}

/** Of all services together: what is wrong with each of their mounts. */
export const mountsCheck = (
  host: Host,
  specs: readonly ServiceSpec[],
  options: DockerOptions,
  self: Self = ownUser(),
): Check => ({
  id: 'docker.mounts',
  title: 'Mounts',
  run: async (signal) => {
    const mounts = new Map<string, ContainerMount>();
    const twice: Finding[] = [];
    for (const { container, files = [] } of specs) {
      if (!container) continue;
      const all = containerMounts(container, options);
      twice.push(...sameTargets(all));
      for (const mount of all) {
        // What llem writes before the start is not here yet.
        const isWritten = files.some(({ path }) => path === mount.source || isIn(path, mount.source));
        if (!isWritten) mounts.set(JSON.stringify([mount.source, mount.create]), mount);
      }
    }
    const found = [
      ...twice,
      ...(await Promise.all([...mounts.values()].map(look))),
      await lookAtOwner(host, specs, options, self, signal),
    ];
    return together(found.filter((finding) => finding !== null)) ?? ok(countText(mounts.size));
  },
});

const isIn = (path: string, folder: string): boolean => path.startsWith(`${folder.replace(/\/+$/, '')}/`);

const countText = (count: number): string =>
  count === 0
    ? 'The container is given no files or folders of this machine.'
    : `What the container is given of this machine is there or can be made: ${count} ${count === 1 ? 'mount' : 'mounts'}.`;

/** All that was found in one finding, with what to do about the worst. */
function together(findings: readonly Finding[]): Finding | null {
  const worst = findings.find(({ status }) => status === 'failed') ?? findings[0];
  if (worst === undefined) return null;
  const messages = [worst, ...findings.filter((finding) => finding !== worst)].map(({ message }) => message);
  return { ...worst, message: [...new Set(messages)].join(' ') };
}

function sameTargets(mounts: readonly ContainerMount[]): Finding[] {
  const targets = mounts.map(({ target }) => posix.join(target, '.').replace(/(.)\/$/, '$1'));
  const twice = new Set(targets.filter((target, index) => targets.indexOf(target) !== index));
  return [...twice].map((target) =>
    failed(
      `Two mounts have the same place in the container, ${target}.`,
      'Take one of them out of `mounts` in the options of the runner.',
    ),
  );
}

function ownUser(): Self {
  const [uid, gid] = [process.getuid?.(), process.getgid?.()];
  return uid === undefined || gid === undefined ? null : { uid, gid };
}

/** Of caches that llem makes for the engine: in a container it is mostly root, and so it is outside, unless the engine is rootless. */
async function lookAtOwner(
  host: Host,
  specs: readonly ServiceSpec[],
  options: DockerOptions,
  self: Self,
  signal: AbortSignal,
): Promise<Finding | null> {
  if (self === null || self.uid === 0 || options.user !== undefined) return null;
  const written = specs
    .flatMap(({ container }) => (container ? containerMounts(container, options) : []))
    .filter(({ create, readOnly }) => create && !readOnly);
  if (written.length === 0) return null;
  // Why it does not tell is told by the check of the engine.
  const facts = await host.facts(signal).catch(() => null);
  if (facts === null || facts.isRootless || !facts.isLocal) return null;
  const folders = [...new Set(written.map(({ source }) => source))];
  return warning(
    `What the engine writes to ${folders.join(', ')} will belong to root where the image names no other user.`,
    `Set \`user: '${self.uid}:${self.gid}'\` in the options of the runner.`,
  );
}

/** Null where nothing is wrong. */
async function look({ source, create }: ContainerMount): Promise<Finding | null> {
  if (!isAbsolute(source)) {
    return failed(
      `The mount ${source} is no absolute path.`,
      'Write `mounts` in the options of the runner with absolute paths.',
    );
  }
  if (create) return lookAbove(source);
  switch (await reasonNot(source, constants.R_OK)) {
    case null:
      return null;
    case 'ENOENT':
    case 'ENOTDIR':
      return failed(
        `${source} is to be mounted into the container and is not there.`,
        'Make it, or correct what names it in the study: Docker itself would put an empty folder there.',
      );
    default:
      // Docker of the system may do what this user may not, and the container's user is another one again.
      return warning(
        `${source} is to be mounted into the container, and you may not read it.`,
        `Allow it if the engine cannot read it either: \`chmod -R a+rX ${source}\`.`,
      );
  }
}

/** Of a folder that llem will make: the nearest one that is there. */
async function lookAbove(folder: string): Promise<Finding | null> {
  const reason = await reasonNot(folder, constants.F_OK);
  if (reason === null) return null;
  const above = dirname(folder);
  if (reason === 'ENOENT' && above !== folder) {
    if ((await reasonNot(above, constants.F_OK)) === 'ENOENT') return lookAbove(above);
    const isFolder = (await stat(above).catch(() => null))?.isDirectory() ?? false;
    if (isFolder && (await reasonNot(above, constants.W_OK | constants.X_OK)) === null) return null;
  }
  return failed(
    `${folder} is to be mounted into the container and cannot be made: ${above} is no folder that you may write to.`,
    `Make it yourself, or allow it: \`sudo chown $USER ${above}\`.`,
  );
}

/** The system's name of why not; null where it can be done. */
async function reasonNot(path: string, mode: number): Promise<string | null> {
  try {
    await access(path, mode);
    return null;
  } catch (error) {
    return error instanceof Error && 'code' in error && typeof error.code === 'string'
      ? error.code
      : 'unknown';
  }
}
