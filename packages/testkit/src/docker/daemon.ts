/** A Docker engine of one's own: dockerd and containerd with everything in a folder that goes with them. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { askDocker } from './api.js';
import { claimNetwork } from './network.js';
import { FOLDER_PREFIX, NETWORK_FILE, removeAbandoned, removeRemains } from './remains.js';

/** It answers after 0.3 s where nobody else uses the machine. */
const READY_WITHIN_MS = 60_000;
const POLL_MS = 25;
const LOG_LINES_SHOWN = 20;

const PROGRAMS = ['containerd', 'dockerd'] as const;
type Program = (typeof PROGRAMS)[number];

export interface DockerDaemonOptions {
  /** Put before the engine's PATH: where it looks for the container toolkit of GPUs. */
  readonly pathPrefix?: string;
  /** More flags of dockerd. */
  readonly extraArgs?: readonly string[];
}

export interface DockerDaemon extends AsyncDisposable {
  /** As DOCKER_HOST has it: `unix://` and the path. */
  readonly host: string;
  readonly socketPath: string;
  /** Of dockerd; another one after `restart`. */
  readonly pid: number;
  /** What dockerd and containerd have written so far. */
  log(): string;
  /** SIGKILL for dockerd and its containerd. The containers run on, as they do when an engine crashes. */
  kill(): Promise<void>;
  /** Starts it anew with the same data; stops it before where it runs. Containers end. */
  restart(): Promise<void>;
  /** Kills it with its containers and removes all that it left. Idempotent. */
  stop(): Promise<void>;
}

/**
 * Starts an engine and waits until it answers. Any number can run at once. What it needs is told by `whyNoDocker`; beyond that it
 * throws with the last lines of the engine's log.
 */
export async function startDockerDaemon(options: DockerDaemonOptions = {}): Promise<DockerDaemon> {
  removeAbandoned();
  const folder = mkdtempSync(join(tmpdir(), FOLDER_PREFIX));
  const socketPath = join(folder, 'docker.sock');
  let lastLog = '';
  let processes: readonly ChildProcess[] = [];
  const log = () => (existsSync(folder) ? PROGRAMS.map((each) => logOf(folder, each)).join('') : lastLog);
  const remove = () => {
    process.off('exit', remove);
    lastLog = log();
    removeRemains(folder);
  };
  // The test may not get to `stop`.
  process.on('exit', remove);

  const start = async () => {
    processes = [
      run('containerd', ['--config', join(folder, 'containerd.toml')], folder, process.env),
      run('dockerd', dockerdArgs, folder, withPathPrefix(options.pathPrefix)),
    ];
    await untilReady(socketPath, processes, folder);
  };
  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    // dockerd first: it stops its containers through containerd.
    for (const each of processes.toReversed()) await ended(each, signal);
  };

  const stop = async () => {
    if (!existsSync(folder)) return;
    await end('SIGKILL');
    remove();
  };

  let dockerdArgs: readonly string[] = [];
  try {
    const network = claimNetwork();
    writeFileSync(join(folder, NETWORK_FILE), network.name);
    writeFileSync(join(folder, 'containerd.toml'), containerdConfiguration(folder));
    writeFileSync(join(folder, 'daemon.json'), '{}');
    dockerdArgs = [
      ...['--host', `unix://${socketPath}`, '--config-file', join(folder, 'daemon.json')],
      ...['--containerd', join(folder, 'containerd/sock'), '--pidfile', join(folder, 'pid')],
      ...['--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec')],
      // Control groups of its own, so that they can be told from those of the machine's engine and removed.
      ...['--exec-opt', 'native.cgroupdriver=cgroupfs', '--cgroup-parent', `/${network.name}`],
      ...network.args,
      ...(options.extraArgs ?? []),
    ];
    await start();
  } catch (error) {
    remove();
    throw error;
  }

  return {
    host: `unix://${socketPath}`,
    socketPath,
    get pid() {
      return processes[1]?.pid ?? 0;
    },
    log,
    kill: () => end('SIGKILL'),
    async restart() {
      await end('SIGTERM');
      rmSync(join(folder, 'pid'), { force: true });
      await start();
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** The machine may have a containerd that dockerd would take; without CRI and optional programs it starts in 50 ms. */
const containerdConfiguration = (folder: string) => `version = 2
root = "${folder}/containerd/root"
state = "${folder}/containerd/state"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt"]
[grpc]
  address = "${folder}/containerd/sock"
`;

function run(
  program: Program,
  args: readonly string[],
  folder: string,
  env: NodeJS.ProcessEnv,
): ChildProcess {
  const output = openSync(logPath(folder, program), 'a');
  try {
    return spawn(program, args, { env, stdio: ['ignore', output, output] });
  } finally {
    closeSync(output);
  }
}

const logPath = (folder: string, program: Program) => join(folder, `${program}.log`);

function logOf(folder: string, program: Program): string {
  const path = logPath(folder, program);
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

const lastLines = (text: string) => text.trimEnd().split('\n').slice(-LOG_LINES_SHOWN).join('\n');

const withPathPrefix = (prefix: string | undefined) =>
  prefix === undefined
    ? process.env
    : { ...process.env, PATH: [prefix, process.env['PATH'] ?? ''].join(delimiter) };

async function ended(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill(signal);
  await exit;
}

async function untilReady(
  socketPath: string,
  processes: readonly ChildProcess[],
  folder: string,
): Promise<void> {
  const found = new AbortController();
  const failed = processes.map(async (each) => {
    await once(each, 'exit', { signal: found.signal });
    throw new Error(`${each.spawnfile} ended`);
  });
  try {
    await Promise.race([answers(socketPath, found.signal), ...failed]);
  } catch (error) {
    // Of each its own end: what one says of why it ended does not get lost in what the other goes on to say.
    const shown = PROGRAMS.map((each) => `${each}:\n${lastLines(logOf(folder, each))}`).join('\n');
    throw new Error(`The Docker engine did not start. Its logs end with:\n${shown}`, { cause: error });
  } finally {
    found.abort();
    await Promise.allSettled(failed);
  }
}

async function answers(socketPath: string, stopped: AbortSignal): Promise<void> {
  for (const deadline = performance.now() + READY_WITHIN_MS; performance.now() < deadline;) {
    const answer = await askDocker(socketPath, 'GET', '/_ping').catch(() => null);
    if (answer?.status === 200 || stopped.aborted) return;
    await pause(POLL_MS);
  }
  throw new Error(`no answer within ${READY_WITHIN_MS / 1000} s`);
}
