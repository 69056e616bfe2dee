/** Waits for the end of a container: for its log and for its engine's word, and asks again where a connection is lost. */
import { setTimeout as pause } from 'node:timers/promises';
import { limited, type ServiceExit } from '@llem/core';
import type Docker from 'dockerode';
import { statusOf } from '../engine/errors.js';
import type { DockerFacts } from '../engine/facts.js';
import { untilAborted } from '../engine/until-aborted.js';
import { settled, within } from '../within.js';
import {
  abandonedExit,
  exitOf,
  removedExit,
  stateSchema,
  stuckExit,
  type ContainerState,
  type Ended,
} from './exit.js';
import type { ContainerLog } from './log.js';
import { killProcesses } from './processes.js';

/** One question to the engine. */
const ANSWER_LIMIT_MS = 5_000;
/** An engine that is started again by whoever looks after it is back in two or three seconds, and the container may have run on. */
const ENGINE_AWAY_MS = 5_000;
const ASK_AGAIN_MS = 250;
/** Between two rounds, where something ends that should not. */
const NEXT_ROUND_MS = 1_000;
/** Between the end of the log and that of the container. */
const ENDING_MS = 1_000;
/** Between two pieces of what is left of the log when the container has ended: Podman sends 100 MB for a minute. */
const LOG_SILENCE_MS = 10_000;
const KILL_LIMIT_MS = 5_000;

export interface Watched extends Ended {
  readonly id: string;
  readonly kind: DockerFacts['kind'];
  readonly docker: Docker;
  readonly container: Docker.Container;
  readonly log: ContainerLog;
}

/**
 * Its log has been written to the end then. `giveUp` says that it should have ended long ago: its engine is asked once more, and what
 * runs on is killed past it. Never rejects, and never hangs where a connection does.
 */
export async function awaitEnd(
  watched: Watched,
  giveUp: AbortSignal,
  logSilenceMs = LOG_SILENCE_MS,
): Promise<ServiceExit> {
  const { id, kind, docker, container, log } = watched;
  for (let left: readonly number[] | null = null; ;) {
    const round = new AbortController();
    const abortSignal = AbortSignal.any([round.signal, giveUp]);
    // This wait never ends where its connection does after it has begun; the log does.
    const waited = settled(untilAborted(container.wait({ abortSignal }), abortSignal));
    const followed = settled(log.follow(container, abortSignal));
    const logEnded = followed.then((isWhole) => isWhole && within(waited, ENDING_MS));
    await Promise.race([waited, logEnded]);
    // Whatever ended, and however: what counts is what the engine says now.
    const { state, wasAway } = await stateOf(container, giveUp);
    const isOver = state === 'unknown' || state === 'removed' || !state.Running;
    if (isOver && state !== 'unknown') await untilSilent(log, followed, logSilenceMs);
    round.abort();
    await followed;
    if (!isOver) {
      if (giveUp.aborted) {
        if (left !== null) return stuckExit(watched, left);
        left = await killProcesses(id, KILL_LIMIT_MS);
      }
      await pause(NEXT_ROUND_MS);
      continue;
    }
    if (state === 'unknown' || (wasAway && !tellsWhy(state))) return endWithoutEngine(watched);
    if (state === 'removed') return removedExit(watched);
    // Docker (20.10) may end the stream before the last message, which is there when it is followed again; Podman long before, and would
    // again.
    const again = new AbortController();
    const rest =
      kind === 'podman' ? log.readRest(docker, id, again.signal) : log.follow(container, again.signal);
    await untilSilent(log, settled(rest), logSilenceMs);
    again.abort();
    return exitOf(state, watched, log.lastWords());
  }
}

/** Until it is all there, or nothing more of it comes. */
async function untilSilent(log: ContainerLog, followed: Promise<boolean>, silenceMs: number): Promise<void> {
  let heard: number;
  do heard = log.pieces();
  while (!(await within(followed, silenceMs)) && log.pieces() > heard);
}

/** An engine that is started again ends its containers without a word: what it does say of one is older than that. */
const tellsWhy = (state: ContainerState | 'removed'): boolean =>
  state !== 'removed' && (state.OOMKilled || state.Error !== '');

/**
 * `unknown` where the engine does not answer for a while; `removed` where it does not know the container. `wasAway`: a connection was
 * refused or lost meanwhile, which an answer that is only slow is not.
 */
async function stateOf(
  container: Docker.Container,
  giveUp: AbortSignal,
): Promise<{ state: ContainerState | 'removed' | 'unknown'; wasAway: boolean }> {
  const until = performance.now() + ENGINE_AWAY_MS;
  for (let wasAway = false; ;) {
    const isLast = giveUp.aborted;
    const abortSignal = isLast ? AbortSignal.timeout(ANSWER_LIMIT_MS) : limited(giveUp, ANSWER_LIMIT_MS);
    try {
      const { State } = await untilAborted(container.inspect({ abortSignal }), abortSignal);
      return { state: stateSchema.parse(State), wasAway };
    } catch (error) {
      if (statusOf(error) === 404) return { state: 'removed', wasAway };
      if (isLast || performance.now() > until) return { state: 'unknown', wasAway };
      wasAway ||= statusOf(error) === null && !abortSignal.aborted;
      await pause(ASK_AGAIN_MS);
    }
  }
}

/** The containers of an engine that ends run on, and the next one kills them when it starts: they are ended here. */
async function endWithoutEngine(watched: Watched): Promise<ServiceExit> {
  const left = await killProcesses(watched.id, KILL_LIMIT_MS);
  return abandonedExit(
    watched,
    left.length === 0
      ? 'llem ended what ran in it.'
      : `What runs in it goes on, as this user may not kill it: processes ${left.join(', ')}.`,
  );
}
