/** Takes away everything that an engine leaves on the machine, whatever state it is in. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { releaseNetwork } from './network.js';

const CGROUPS = '/sys/fs/cgroup';
/** A process or a mount is gone some milliseconds after it is told to go, and nobody says when. */
const ATTEMPTS = 100;
const PAUSE_MS = 20;

/** The folder of an engine: it names the process that has it, so that the next one finds what a killed one has left. */
export const FOLDER_PREFIX = `llem-docker-${process.pid}-`;
/** In the folder, holds the name of the network. */
export const NETWORK_FILE = 'network';

/** Removes the engines of processes that were killed before they could do it. */
export function removeAbandoned(): void {
  for (const name of readdirSync(tmpdir())) {
    const owner = /^llem-docker-(\d+)-/.exec(name)?.[1];
    if (owner === undefined || existsSync(`/proc/${owner}`)) continue;
    try {
      removeRemains(join(tmpdir(), name));
    } catch {
      // Another process is at it, too.
    }
  }
}

/** Kills what runs, and removes mounts, sockets, control groups, bridges and the folder. */
export function removeRemains(folder: string): void {
  const networkFile = join(folder, NETWORK_FILE);
  const network = existsSync(networkFile) ? readFileSync(networkFile, 'utf8') : null;
  killAll(folder, network);
  for (const mount of mountsIn(folder)) execFileSync('busybox', ['umount', '-l', mount]);
  removeShimSockets(folder);
  if (network !== null) {
    for (const cgroup of cgroupsOf(network)) removeCgroup(cgroup);
    releaseNetwork(network);
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

function killAll(folder: string, network: string | null): void {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const running = processesOf(folder, network);
    if (running.length === 0) return;
    for (const pid of running) kill(pid);
    pause();
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}

/**
 * Processes that were told of the folder (dockerd, containerd and its shims), all that they started, and what is in the containers.
 * One that has ended and waits for its parent has no command line.
 */
function processesOf(folder: string, network: string | null): number[] {
  const parents = new Map<number, number>();
  const ours = new Set<number>();
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    const commandLine = read(`/proc/${pid}/cmdline`);
    if (commandLine === '') continue;
    if (commandLine.includes(`${folder}/`)) ours.add(pid);
    parents.set(pid, Number(/\) \S (\d+)/.exec(read(`/proc/${pid}/stat`))?.[1]));
  }
  for (let size = -1; size !== ours.size;) {
    size = ours.size;
    for (const [pid, parent] of parents) if (ours.has(parent)) ours.add(pid);
  }
  if (network !== null) {
    for (const pid of cgroupsOf(network).flatMap(processesIn)) if (parents.has(pid)) ours.add(pid);
  }
  return [...ours];
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** The one of version 2, or that of each controller. */
const cgroupsOf = (network: string) =>
  [join(CGROUPS, network), ...readdirSync(CGROUPS).map((name) => join(CGROUPS, name, network))].filter(
    (path) => existsSync(path),
  );

const subgroups = (cgroup: string) =>
  readdirSync(cgroup, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(cgroup, entry.name));

const processesIn = (cgroup: string): number[] => [
  ...read(join(cgroup, 'cgroup.procs')).split('\n').filter(Boolean).map(Number),
  ...subgroups(cgroup).flatMap(processesIn),
];

function removeCgroup(cgroup: string): void {
  subgroups(cgroup).forEach(removeCgroup);
  for (let attempt = 1; ; attempt++) {
    try {
      rmdirSync(cgroup);
      return;
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      pause();
    }
  }
}

/** The innermost first. The kernel writes a space as \040. */
const mountsIn = (folder: string) =>
  readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) =>
      (line.split(' ')[4] ?? '').replace(/\\(\d{3})/g, (_, octal) =>
        String.fromCharCode(parseInt(String(octal), 8)),
      ),
    )
    .filter((path) => path.startsWith(`${folder}/`))
    .reverse();

/** A shim that is killed leaves its socket. */
function removeShimSockets(folder: string): void {
  for (const path of shimSockets(folder)) rmSync(path, { force: true });
}

/**
 * Of the shims of an engine's containers: they lie outside its folder, and the bundles say where, to containerd before 2 in `address`,
 * from then on in `bootstrap.json`.
 */
export function shimSockets(folder: string): string[] {
  const bundles = join(folder, 'containerd/state/io.containerd.runtime.v2.task/moby');
  if (!existsSync(bundles)) return [];
  const told = readdirSync(bundles).map(
    (id) => read(join(bundles, id, 'address')) + read(join(bundles, id, 'bootstrap.json')),
  );
  return told.flatMap((text) => /unix:\/\/([^"\s]+)/.exec(text)?.[1] ?? []);
}

const pause = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
