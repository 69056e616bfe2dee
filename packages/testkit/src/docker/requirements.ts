/** Whether a real Docker engine can be had on this machine. */
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Bits of capabilities(7). */
const CAP_NET_ADMIN = 12n;
const CAP_SYS_ADMIN = 21n;

const PROGRAMS = { docker: ['dockerd', 'containerd'], podman: ['podman', 'conmon', 'crun'] };

/** Why a test that starts an engine cannot run here, in a sentence; null where it can. */
export function whyNoDocker(): string | null {
  if (process.platform !== 'linux') return 'Docker engines for tests are started on Linux only';
  const missing = [
    ...PROGRAMS[engineKind()].filter((program) => pathOf(program, enginePath()) === null),
    ...['busybox', 'tar', 'ldd'].filter((program) => pathOf(program) === null),
  ];
  if (missing.length > 0) {
    return `not in the PATH: ${missing.join(', ')}; on Debian or Ubuntu: apt-get install docker.io busybox-static`;
  }
  if (process.getuid?.() !== 0) return 'a Docker engine has to be started by root';
  if (![CAP_NET_ADMIN, CAP_SYS_ADMIN].every(isCapable)) {
    return 'this process may neither mount nor make networks (CAP_SYS_ADMIN, CAP_NET_ADMIN), as in a container that is not privileged';
  }
  const cgroups = ['/sys/fs/cgroup/pids', '/sys/fs/cgroup'].find((path) => existsSync(path));
  if (cgroups === undefined || !isWritable(cgroups)) return 'control groups cannot be made in /sys/fs/cgroup';
  return null;
}

/**
 * Where the programs of an engine are looked for: first in the folders of LLEM_TEST_DOCKER_PATH, which hold an engine of another
 * release than that of this machine.
 */
export const enginePath = (env: NodeJS.ProcessEnv = process.env): string =>
  [env['LLEM_TEST_DOCKER_PATH'], env['PATH']].filter(Boolean).join(delimiter);

/** Podman where LLEM_TEST_DOCKER_PATH has it and no Docker. */
export function engineKind(env: NodeJS.ProcessEnv = process.env): 'docker' | 'podman' {
  const chosen = env['LLEM_TEST_DOCKER_PATH'] ?? '';
  return pathOf('dockerd', chosen) === null && pathOf('podman', chosen) !== null ? 'podman' : 'docker';
}

/** Where a program is found by name. */
export const pathOf = (program: string, path = process.env['PATH'] ?? ''): string | null =>
  path
    .split(delimiter)
    .map((folder) => join(folder, program))
    .find((path) => existsSync(path)) ?? null;

function isCapable(bit: bigint): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  return ((BigInt(`0x${effective}`) >> bit) & 1n) === 1n;
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
