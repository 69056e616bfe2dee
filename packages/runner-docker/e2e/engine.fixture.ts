/** A real Docker engine with an image of Node.js, and the runner on it: what tests of containers share. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ContainerSpec, Runner, Service, ServiceSpec, StartRequest } from '@llem/core';
import {
  askDocker,
  importImage,
  nodeFiles,
  startDockerDaemon,
  type DockerDaemon,
} from '@llem/testkit/docker';
import { z } from 'zod';
import { create } from '../src/runner.js';

export const IMAGE = 'engine:1';
/** Its entry point: what a spec has as its command is a script of the shell. */
const ENTRYPOINT = ['sh', '-c'];

export interface Lab {
  readonly daemon: DockerDaemon;
  /** For logs and whatever a test needs; removed with the lab. */
  readonly dir: string;
  close(): Promise<void>;
}

/** An engine that the runner of this process finds, through DOCKER_HOST. */
export async function openLab(options: { readonly extraArgs?: readonly string[] } = {}): Promise<Lab> {
  const daemon = await startDockerDaemon(options);
  const dir = mkdtempSync(join(tmpdir(), 'llem-runner-docker-'));
  process.env['DOCKER_HOST'] = daemon.host;
  const close = async () => {
    await daemon.stop();
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    const env = { PATH: '/usr/local/bin:/bin' };
    await importImage(daemon, { name: IMAGE, files: nodeFiles(), env, entrypoint: ENTRYPOINT });
  } catch (error) {
    await close();
    throw error;
  }
  return { daemon, dir, close };
}

export const runnerWith = (options: object = {}): Runner => create({ cacheDir: tmpdir() }, options);

/** What a test changes of an ordinary request. */
export interface Change {
  readonly script: string;
  readonly runId?: string;
  readonly logPath: string;
  readonly spec?: Partial<ServiceSpec>;
  readonly container?: Partial<ContainerSpec>;
}

export async function requestOf(runner: Runner, change: Change): Promise<StartRequest> {
  const container = {
    image: IMAGE,
    entrypoint: null,
    gpus: [],
    shmBytes: null,
    ipc: 'private',
    ulimits: {},
    mounts: [],
    passEnv: [],
  } as const;
  return {
    study: 'a study',
    runId: change.runId ?? '001_ab_c1_a1',
    logPath: change.logPath,
    spec: {
      command: [change.script],
      env: {},
      target: await runner.target(),
      readiness: { path: '/', intervalMs: 50 },
      stopGraceS: 20,
      container: { ...container, ...change.container },
      ...change.spec,
    },
  };
}

/** A server for the target of a request, which says `up` once it listens. */
export const serverScript = ({ host, port }: ServiceSpec['target'], more = ''): string =>
  `exec node -e "${more}require('http').createServer((_, r) => r.end('hello')).listen(${port}, '${host}', () => console.log('up'))"`;

/** Runs until it is killed: deaf to SIGTERM. */
export const DEAF = `trap "" TERM; echo up; while :; do sleep 0.1; done`;
/** Runs until it is asked to end. */
export const FOREVER = `trap "echo bye; exit 0" TERM; echo up; while :; do sleep 0.1; done`;

const listed = z.array(z.object({ Id: z.string(), Names: z.array(z.string()), State: z.string() }));

/** All that the engine has, running or not, by name. */
export async function containersOf({ socketPath }: DockerDaemon): Promise<string[]> {
  const { body } = await askDocker(socketPath, 'GET', '/containers/json?all=true');
  return listed.parse(JSON.parse(body)).map(({ Names }) => (Names[0] ?? '').slice(1));
}

export const logOf = (path: string): string => readFileSync(path, 'utf8');

const factsSchema = z.object({ container: z.string(), name: z.string(), supervisorPid: z.int() });
export const factsOf = (service: Service) => factsSchema.parse(service.facts);
