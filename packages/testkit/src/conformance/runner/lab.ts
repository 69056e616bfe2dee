/** Where a rule tries a runner: a folder, services that do as they are told, and for a runner that starts none a server. All of it goes with the rule. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  createInstance,
  type PluginContext,
  type Runner,
  type Service,
  type ServiceSpec,
  type ServiceTarget,
  type StartRequest,
} from '@llem/core';
import { startSimulatedEngine, type SimulatedEngine } from '../../engine/server.js';
import { freePort } from '../../free-port.js';
import { demand } from '../rule.js';
import { inTime, wordsOf } from '../settle.js';
import { ask, watchLife, type Life } from './life.js';
import { WORDS, type Orders } from './orders.js';
import { parsedOptions } from '../package/subject.js';
import type { RunnerSubject } from './subject.js';

/** Through `dist`, so that it is found from the sources as well. */
const PROGRAM = new URL('../../../dist/conformance/runner/program.js', import.meta.url);

/** What is to be over "within a few seconds", on a machine that others use too. */
export const SOON_MS = 10_000;
/** A start, until its service answers. */
const READY_MS = 30_000;
/** Whatever was started and should not have been is there by then. */
const APPEARS_MS = 1_000;
const LOOK_MS = 20;
/** Of the service of the suite, and of a server that is there. */
const READINESS_PATH = '/health';

/** What of an ordinary service a rule has otherwise. */
export interface Change {
  readonly orders?: Partial<Omit<Orders, 'host' | 'port' | 'words'>>;
  readonly spec?: Partial<Pick<ServiceSpec, 'command' | 'env' | 'stopGraceS' | 'container'>>;
}

export interface Lab {
  readonly runner: Runner;
  readonly context: PluginContext;
  /** Of the runner, as they were parsed. */
  readonly options: unknown;
  /** The server that is there already; null where the runner starts its own. */
  readonly server: SimulatedEngine | null;
  readonly logPath: string;
  log(): string;
  /** Of a service with a target of its own. */
  request(change?: Change): Promise<StartRequest>;
  /** Starts it; whatever becomes of the rule, it is stopped. */
  start(request: StartRequest, signal?: AbortSignal): Promise<Service>;
  /** Starts one and waits until it can serve. */
  serve(change?: Change, signal?: AbortSignal): Promise<Service>;
  life(service: Pick<Service, 'endpoint'>, whose: 'service' | 'child'): Promise<Life>;
  /** Containers that were not there when the rule began. */
  newContainers(): Promise<readonly string[]>;
  /** Rejects where the services of starts that were refused appear all the same. `when` ends the sentence. */
  demandNothingStarted(specs: readonly ServiceSpec[], when: string): Promise<void>;
  /** Rejects unless these processes are gone and no container is left, now or within `limitMs`. */
  demandNothingLeft(lives: readonly Life[], when: string, limitMs?: number): Promise<void>;
}

/** Lends a lab. */
export async function inLab(subject: RunnerSubject, act: (lab: Lab) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'llem-conformance-'));
  const ends: (() => Promise<unknown>)[] = [];
  try {
    await act(await openLab(subject, folder, ends));
  } finally {
    // One that cannot be stopped has been told of by the rule.
    for (const end of ends.toReversed()) await inTime('', SOON_MS, end()).catch(() => undefined);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function openLab(
  subject: RunnerSubject,
  folder: string,
  ends: (() => Promise<unknown>)[],
): Promise<Lab> {
  const context = { cacheDir: folder };
  const server = subject.optionsFor === null ? null : await startSimulatedEngine({ ttftMs: 0, itlMs: 0 });
  if (server) ends.push(() => server.close());
  const given = server && subject.optionsFor ? subject.optionsFor(server.baseUrl) : subject.options;
  const options = parsedOptions(subject.module.options, given);
  const runner = createInstance('runner', subject.id, subject.module, context, options);
  const logPath = join(folder, 'engine.log');
  const containers = async () => (await subject.container?.list()) ?? [];
  const before = new Set(await containers());
  const newContainers = async () => (await containers()).filter((name) => !before.has(name));
  // The program of a spec that nobody is to start would listen there.
  const elsewhere = server === null ? null : { host: '127.0.0.1', port: await freePort() };

  const lab: Lab = {
    runner,
    context,
    options,
    server,
    logPath,
    log: () => readFileSync(logPath, 'utf8'),
    async request({ orders = {}, spec = {} } = {}) {
      const target = await runner.target();
      const ordinary = specOf(subject, target, { ...orders, ...(elsewhere ?? target) });
      return { spec: { ...ordinary, ...spec }, study: 'conformance', logPath, runId: '001_conformance' };
    },
    async start(request, signal = new AbortController().signal) {
      const starting = runner.start(request, signal);
      ends.push(async () => (await starting).stop(0));
      return inTime('start()', READY_MS, starting);
    },
    async serve(change, signal) {
      const request = await lab.request(change);
      const service = await lab.start(request, signal);
      await awaitReady(service, request.spec);
      return service;
    },
    async life({ endpoint }, whose) {
      const life = await watchLife(endpoint.baseUrl, whose);
      ends.push(() => {
        life.close();
        return Promise.resolve();
      });
      return life;
    },
    newContainers,
    async demandNothingStarted(specs, when) {
      const addresses = elsewhere === null ? specs.map(({ target }) => target) : [elsewhere];
      const until = performance.now() + APPEARS_MS;
      while (performance.now() < until) {
        for (const { host, port } of addresses)
          demand((await whyNot(host, port)) === null, `A service listens ${when}.`);
        await pause(LOOK_MS);
      }
      await demandNoContainers(newContainers, when, SOON_MS);
    },
    async demandNothingLeft(lives, when, limitMs = APPEARS_MS) {
      for (const life of lives) {
        await inTime('', limitMs, life.over).catch(() => {
          throw new Error(`The process ${life.pid} of the service lives ${when}.`);
        });
      }
      await demandNoContainers(newContainers, when, limitMs);
    },
  };
  return lab;
}

async function demandNoContainers(
  list: () => Promise<readonly string[]>,
  when: string,
  limitMs: number,
): Promise<void> {
  const until = performance.now() + limitMs;
  let left = await list();
  while (left.length > 0 && performance.now() < until) {
    await pause(LOOK_MS);
    left = await list();
  }
  demand(left.length === 0, `The container ${left.join(', ')} is there ${when}.`);
}

function specOf(
  { container }: RunnerSubject,
  target: ServiceTarget,
  orders: Partial<Orders> & Pick<Orders, 'host' | 'port'>,
): ServiceSpec {
  const all: Orders = { deaf: false, child: false, ends: null, odd: '', ...orders, words: WORDS };
  const args = ['--input-type=module', '-e', readFileSync(PROGRAM, 'utf8'), JSON.stringify(all)] as const;
  const common = {
    env: {},
    target,
    readiness: { path: READINESS_PATH, intervalMs: LOOK_MS },
    stopGraceS: 20,
  };
  if (container === null) return { ...common, command: [process.execPath, ...args] };
  return {
    ...common,
    command: args,
    container: {
      image: container.image,
      entrypoint: ['node'],
      gpus: [],
      shmBytes: null,
      ipc: 'private',
      ulimits: {},
      mounts: [],
      passEnv: [],
    },
  };
}

/** As the harness waits: until its readiness path answers 200. */
export async function awaitReady(
  service: Pick<Service, 'endpoint' | 'readinessPath' | 'exited'>,
  { readiness }: ServiceSpec,
): Promise<void> {
  const path = service.readinessPath ?? readiness.path;
  const url = `${service.endpoint.baseUrl}${path}`;
  const end: { exit?: string } = {};
  void service.exited.then((exit) => {
    end.exit = JSON.stringify(exit);
  });
  const until = performance.now() + READY_MS;
  while (performance.now() < until) {
    if ((await ask(url))?.status === 200) return;
    demand(end.exit === undefined, `The service ended before it served: ${end.exit ?? ''}.`);
    await pause(LOOK_MS);
  }
  throw new Error(`Its service does not answer at ${url}.`);
}

/** Why one cannot listen there; null where one can. */
export function whyNot(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => resolve(wordsOf(error)));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)));
  });
}
