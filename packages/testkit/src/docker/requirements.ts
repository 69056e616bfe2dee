/** Whether a real Docker engine can be had on this machine. */
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Bits of capabilities(7). */
const CAP_NET_ADMIN = 12n;
const CAP_SYS_ADMIN = 21n;

/** Why a test that starts an engine cannot run here, in a sentence; null where it can. */
export function whyNoDocker(): string | null {
  if (process.platform !== 'linux') return 'Docker engines for tests are started on Linux only';
  const missing = ['dockerd', 'containerd', 'busybox', 'tar', 'ldd'].filter(
    (program) => pathOf(program) === null,
  );
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

/** Where a program is found by name. */
export const pathOf = (program: string): string | null =>
  (process.env['PATH'] ?? '')
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
