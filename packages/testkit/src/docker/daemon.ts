/** A Docker engine of one's own: dockerd and containerd with everything in a folder that goes with them. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { askDocker } from './api.js';
import { claimNetwork } from './network.js';
import { podmanService } from './podman.js';
import type { EnginePlace, EngineProgram } from './program.js';
import { FOLDER_PREFIX, NETWORK_FILE, removeAbandoned, removeRemains } from './remains.js';
import { engineKind, enginePath } from './requirements.js';

/** It answers after 0.3 s where nobody else uses the machine. */
const READY_WITHIN_MS = 60_000;
const POLL_MS = 25;
/** Of a log that is shown: what is wrong stands at its end, or, above the whole usage of the program, at its beginning. */
const FIRST_LINES_SHOWN = 2;
const LAST_LINES_SHOWN = 20;

export interface DockerDaemonOptions {
  /** Put before the engine's PATH: where it looks for the container toolkit of GPUs. */
  readonly pathPrefix?: string;
  /** Where Docker keeps images and containers; by default in a folder of the engine's own. */
  readonly root?: string;
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
  let programs: readonly EngineProgram[] = [];
  let processes: readonly ChildProcess[] = [];
  const log = () => (existsSync(folder) ? programs.map(({ name }) => logOf(folder, name)).join('') : lastLog);
  const remove = () => {
    process.off('exit', remove);
    lastLog = log();
    removeRemains(folder);
  };
  // The test may not get to `stop`.
  process.on('exit', remove);

  const start = async () => {
    processes = [];
    for (const program of programs) {
      processes = [...processes, run(program, folder)];
      await untilReady(program, programs, processes, folder);
    }
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

  try {
    const network = claimNetwork();
    writeFileSync(join(folder, NETWORK_FILE), network.name);
    const place = { folder, socketPath, network };
    programs = engineKind() === 'podman' ? [podmanService(place)] : dockerPrograms(place, options);
    await start();
  } catch (error) {
    remove();
    throw error;
  }

  return {
    host: `unix://${socketPath}`,
    socketPath,
    get pid() {
      return processes.at(-1)?.pid ?? 0;
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

/** containerd and dockerd, in the order in which they are started. */
function dockerPrograms(
  { folder, socketPath, network }: EnginePlace,
  { pathPrefix, root = folder, extraArgs = [] }: DockerDaemonOptions,
): EngineProgram[] {
  const containerdFile = join(folder, 'containerd.toml');
  const containerdSocket = join(folder, 'containerd/sock');
  const daemonFile = join(folder, 'daemon.json');
  writeFileSync(containerdFile, containerdConfiguration(folder, root));
  writeFileSync(daemonFile, '{}');
  const path = [pathPrefix, enginePath()].filter((each) => each !== undefined).join(delimiter);
  return [
    {
      name: 'containerd',
      args: ['--config', containerdFile],
      env: { ...process.env, PATH: enginePath() },
      socketPath: containerdSocket,
    },
    {
      name: 'dockerd',
      socketPath,
      args: [
        ...['--host', `unix://${socketPath}`, '--config-file', daemonFile],
        ...['--containerd', containerdSocket, '--pidfile', join(folder, 'pid')],
        ...['--data-root', join(root, 'data'), '--exec-root', join(folder, 'exec')],
        // Control groups of its own, so that they can be told from those of the machine's engine and removed.
        ...['--exec-opt', 'native.cgroupdriver=cgroupfs', '--cgroup-parent', `/${network.name}`],
        ...network.args,
        ...extraArgs,
      ],
      env: { ...process.env, PATH: path },
    },
  ];
}

/** The machine may have a containerd that dockerd would take; without CRI and optional programs it starts in 50 ms. */
const containerdConfiguration = (folder: string, root: string) => `version = 2
root = "${root}/containerd/root"
state = "${folder}/containerd/state"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt", "io.containerd.nri.v1.nri"]
[grpc]
  address = "${folder}/containerd/sock"
`;

function run({ name, args, env }: EngineProgram, folder: string): ChildProcess {
  const output = openSync(logPath(folder, name), 'a');
  try {
    // conmon writes into the folder that it is started in.
    return spawn(name, args, { env, cwd: folder, stdio: ['ignore', output, output] });
  } finally {
    closeSync(output);
  }
}

const logPath = (folder: string, program: string) => join(folder, `${program}.log`);

function logOf(folder: string, program: string): string {
  const path = logPath(folder, program);
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

function excerpt(log: string): string {
  const lines = log.trimEnd().split('\n');
  if (lines.length <= FIRST_LINES_SHOWN + LAST_LINES_SHOWN) return lines.join('\n');
  return [...lines.slice(0, FIRST_LINES_SHOWN), '...', ...lines.slice(-LAST_LINES_SHOWN)].join('\n');
}

async function ended(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill(signal);
  await exit;
}

async function untilReady(
  { socketPath }: EngineProgram,
  programs: readonly EngineProgram[],
  processes: readonly ChildProcess[],
  folder: string,
): Promise<void> {
  const found = new AbortController();
  const failed = processes.map(async (each) => {
    await once(each, 'exit', { signal: found.signal });
    throw new Error(`${each.spawnfile} ended`);
  });
  try {
    await Promise.race([untilListening(socketPath, found.signal), ...failed]);
  } catch (error) {
    // Of each its own end: what one says of why it ended does not get lost in what the other goes on to say.
    const shown = programs.map(({ name }) => `${name}:\n${excerpt(logOf(folder, name))}`).join('\n');
    throw new Error(`The Docker engine did not start. Its logs, shortened:\n${shown}`, { cause: error });
  } finally {
    found.abort();
    await Promise.allSettled(failed);
  }
}

async function untilListening(socketPath: string, stopped: AbortSignal): Promise<void> {
  for (const deadline = performance.now() + READY_WITHIN_MS; performance.now() < deadline;) {
    // containerd speaks no HTTP/1: that it answers at all is enough. dockerd answers others than 200 before it is ready.
    const isReady = await askDocker(socketPath, 'GET', '/_ping').then(
      ({ status }) => status === 200,
      (error: unknown) =>
        error instanceof Error && 'code' in error && /^HPE_|ECONNRESET/.test(String(error.code)),
    );
    if (isReady || stopped.aborted) return;
    await pause(POLL_MS);
  }
  throw new Error(`no answer within ${READY_WITHIN_MS / 1000} s`);
}
