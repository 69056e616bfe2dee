/** Services whose containers could not be removed at their end: nothing is started beside one that still runs. */
import { setTimeout as pause } from 'node:timers/promises';
import { limited, llemError } from '@llem/core';
import type { Engine } from '../engine/client.js';
import { dockerError } from '../engine/errors.js';
import { untilAborted } from '../engine/until-aborted.js';
import { settled } from '../within.js';
import { STUCK_REMEDY } from './exit.js';
import { ofService } from './labels.js';
import { listContainers, REMOVE_LIMIT_MS, removeService } from './remove.js';

/** A kernel that gives a process back, as after an error of a GPU, does so within seconds. */
const GONE_LIMIT_MS = 30_000;
const LOOK_AGAIN_MS = 500;

export interface LeftServices {
  add(service: string): void;
  /**
   * Resolves at once where none was left. Tries again to remove the others; throws LLEM_E_START of the class `container-stuck` where one
   * still runs, or the signal's reason.
   */
  awaitGone(engine: Engine, signal: AbortSignal): Promise<void>;
}

export function createLeftServices(limitMs = GONE_LIMIT_MS): LeftServices {
  const left = new Set<string>();
  return {
    add: (service) => {
      left.add(service);
    },
    async awaitGone(engine, signal) {
      const until = performance.now() + limitMs;
      for (const service of left) {
        while (!(await isGone(engine, service, performance.now() > until, signal))) {
          await untilAborted(pause(LOOK_AGAIN_MS), signal);
        }
        left.delete(service);
      }
    },
  };
}

/** One that has ended and cannot be removed is in nobody's way: it is not waited for when the time is over. */
async function isGone(
  engine: Engine,
  service: string,
  isLate: boolean,
  signal: AbortSignal,
): Promise<boolean> {
  await untilAborted(settled(removeService(engine, service)), signal);
  const abortSignal = limited(signal, REMOVE_LIMIT_MS);
  try {
    const found = await untilAborted(listContainers(engine, ofService(service), abortSignal), abortSignal);
    const running = found.find(({ isRunning }) => isRunning);
    if (!isLate) return found.length === 0;
    if (running === undefined) return true;
    throw llemError(
      'LLEM_E_START',
      `The container ${running.name} of an earlier run still runs, and the Docker engine cannot end it.`,
      { remedy: STUCK_REMEDY, failureClass: 'container-stuck' },
    );
  } catch (error) {
    signal.throwIfAborted();
    if (isLate) throw dockerError(error, { doing: 'reach', address: engine.address });
    return false;
  }
}
