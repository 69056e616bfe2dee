/** A service whose container runs: how it is stopped, what follows its end, and nothing left. */
import {
  llemError,
  type ContainerImage,
  type Service,
  type ServiceExit,
  type StartRequest,
} from '@llem/core';
import { LOOPBACK } from '@llem/localhost';
import type Docker from 'dockerode';
import type { Engine } from '../engine/client.js';
import type { DockerFacts } from '../engine/facts.js';
import { within } from '../within.js';
import { awaitEnd } from './end.js';
import { unguardedExit } from './exit.js';
import type { Guard } from './guard.js';
import type { LeftServices } from './left.js';
import type { ContainerLimits } from './limits.js';
import type { ContainerLog } from './log.js';
import { containerPids } from './processes.js';
import { REMOVE_LIMIT_MS, removeContainer } from './remove.js';

/** Between the kill and the moment when it should have helped. */
const KILL_LIMIT_MS = 10_000;

export interface Running {
  readonly engine: Engine;
  readonly kind: DockerFacts['kind'];
  readonly request: StartRequest;
  /** Its UUID. */
  readonly service: string;
  readonly container: Docker.Container;
  readonly name: string;
  readonly image: ContainerImage;
  readonly log: ContainerLog;
  readonly guard: Guard;
  readonly left: LeftServices;
  readonly limits: ContainerLimits;
  /** An abort stops it. */
  readonly signal: AbortSignal;
}

export function runningService(running: Running): Service {
  const { engine, kind, request, service, container, name, image, log, guard, left, limits, signal } =
    running;
  const { spec } = request;
  const { id } = container;
  const giveUp = new AbortController();
  const timers: NodeJS.Timeout[] = [];
  let killAt = Infinity;
  const state = { hasEnded: false, isUnguarded: false };

  const send = (what: 'SIGTERM' | 'SIGKILL') => {
    // That it has ended meanwhile, or that the engine has gone, is told by its end.
    container.kill({ signal: what, abortSignal: giveUp.signal }).catch(() => undefined);
  };
  const kill = () => {
    send('SIGKILL');
    timers.push(setTimeout(() => giveUp.abort(), KILL_LIMIT_MS));
  };
  /** Once more it can only hasten it. */
  const end = (graceS: number) => {
    if (killAt === Infinity && graceS > 0) send('SIGTERM');
    const at = performance.now() + graceS * 1_000;
    if (at >= killAt || state.hasEnded) return;
    killAt = at;
    if (graceS <= 0) kill();
    else timers.push(setTimeout(kill, graceS * 1_000));
  };

  const onAbort = () => end(spec.stopGraceS);
  signal.addEventListener('abort', onAbort, { once: true });
  void guard.gone.then(() => {
    if (state.hasEnded) return;
    state.isUnguarded = true;
    end(0);
  });

  const { memoryBytes } = limits;
  const ended = { address: engine.address, name, image: image.name, memoryBytes };
  const exited = awaitEnd({ ...ended, id, kind, docker: engine.docker, container, log }, giveUp.signal).then(
    async (exit): Promise<ServiceExit> => {
      state.hasEnded = true;
      const last = state.isUnguarded && !isStuck(exit) ? unguardedExit(name) : exit;
      if (last.cause) await log.note(last.cause.message);
      await log.close();
      return last;
    },
  );
  /** False where it was not, and is left to others. */
  const removed = exited.then(async ({ cause }): Promise<boolean> => {
    for (const timer of timers) clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    const canAsk = cause?.class !== 'docker-gone';
    const isRemoved = canAsk && (await within(removeContainer(engine, id), REMOVE_LIMIT_MS));
    if (isRemoved) guard.done();
    else {
      left.add(service);
      guard.leave();
    }
    return isRemoved;
  });

  return {
    endpoint: { baseUrl: `http://${LOOPBACK}:${spec.target.port}` },
    image,
    exited,
    facts: { container: id, name, ...limits, supervisorPid: guard.pid },
    processes: () => Promise.resolve(containerPids(id)),
    stop: async (graceS = spec.stopGraceS) => {
      end(Math.min(graceS, spec.stopGraceS));
      const isRemoved = await removed;
      const exit = await exited;
      if (!isRemoved && exit.cause && isStuck(exit)) {
        const { message, remedy, class: failureClass } = exit.cause;
        throw llemError('LLEM_E_START', message, { remedy, failureClass });
      }
      return exit;
    },
  };
}

const isStuck = ({ cause }: ServiceExit): boolean => cause?.class === 'container-stuck';
