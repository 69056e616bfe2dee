/** Waits for an engine that is away: whoever looks after it may be starting it again, as an update of Docker does. */
import { setTimeout as pause } from 'node:timers/promises';
import { llemError } from '@llem/core';
import { placeOf } from './address.js';
import { ask, type Engine } from './client.js';
import { causeOf } from './errors.js';
import { untilAborted } from './until-aborted.js';

/** A restart of Docker takes some seconds, with many containers and images half a minute. */
const ENGINE_AWAY_MS = 30_000;
const ANSWER_LIMIT_MS = 5_000;
const ASK_AGAIN_MS = 250;
/** Of an engine that is not there, or not yet. */
const AWAY = new Set(['docker-unreachable', 'docker-gone']);

/** Throws LLEM_E_START where it is away for so long, at once where time does not help, or the signal's reason. */
export async function awaitEngine(
  engine: Engine,
  signal: AbortSignal,
  limitMs = ENGINE_AWAY_MS,
): Promise<void> {
  const { address } = engine;
  const until = performance.now() + limitMs;
  for (;;) {
    const limit = AbortSignal.timeout(ANSWER_LIMIT_MS);
    try {
      await ask(engine, '/_ping', AbortSignal.any([signal, limit]));
      return;
    } catch (error) {
      signal.throwIfAborted();
      const cause = limit.aborted
        ? {
            class: 'docker-unreachable',
            message: `The Docker engine at ${placeOf(address)} does not answer.`,
            remedy: 'See whether `docker info` answers; if not, start Docker again.',
          }
        : causeOf(error, { doing: 'reach', address });
      const isOver = !AWAY.has(cause.class) || performance.now() > until;
      if (isOver) {
        throw llemError('LLEM_E_START', cause.message, {
          remedy: cause.remedy,
          failureClass: cause.class,
          cause: error,
        });
      }
    }
    await untilAborted(pause(ASK_AGAIN_MS), signal);
  }
}
