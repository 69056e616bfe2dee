/** Holds what a study needs of the machine while it is carried out; says for whom it waits, or who is in the way. */
import { setTimeout as sleep } from 'node:timers/promises';
import { llemError, type LlemError } from '@llem/core';
import type { Claim } from '@llem/harness';
import { tryHold, type Hold, type Obstacle } from './machine.js';
import type { Holder } from './holder.js';

export interface HoldRequest {
  readonly claim: Claim;
  /** Studies of different scopes do not see each other. */
  readonly scope: string;
  /** Who asks, as others are told. */
  readonly holder: () => Holder;
  /** Wait until everything is free; false: fail when it is not. */
  readonly wait: boolean;
  /** Told, once for each, for whom it waits and beside whom the study will run. */
  readonly notice: (level: 'info' | 'warning', message: string) => void;
  readonly signal: AbortSignal;
}

/** Between two looks where somebody ends connections without giving the lock back, in milliseconds. */
const RETRY_MS = 200;

/** Throws LLEM_E_BUSY where it shall not wait; rejects with the signal's reason when that is aborted. */
export async function holdMachine({
  claim,
  scope,
  holder,
  wait,
  notice,
  signal,
}: HoldRequest): Promise<Hold> {
  let told = '';
  for (;;) {
    signal.throwIfAborted();
    const attempt = await tryHold(claim, scope, holder);
    if ('hold' in attempt) {
      for (const one of await attempt.hold.neighbours()) {
        notice(
          'warning',
          `Another study runs on this machine: ${holderText(one)}. The energy of processor and memory is that of both.`,
        );
      }
      return attempt.hold;
    }
    const { held } = attempt.obstacle;
    const inTheWay = obstacleText(attempt.obstacle);
    if (!wait) {
      held.leave();
      throw busy(inTheWay);
    }
    if (told !== inTheWay) notice('info', `Waiting: ${inTheWay}`);
    else await sleep(RETRY_MS, undefined, { signal });
    told = inTheWay;
    await held.released(signal);
  }
}

function busy(inTheWay: string): LlemError {
  return llemError('LLEM_E_BUSY', inTheWay, {
    remedy: 'Run it again when that study has ended; with --wait it waits for that, and then begins.',
  });
}

function obstacleText({ what, held }: Obstacle): string {
  const subject = what === 'processor' ? 'The processor' : what;
  return `${subject} is in use by ${held.holder ? holderText(held.holder) : 'another llem, which does not say more'}.`;
}

/** `study "kv-cache" (pid 4711 of user jo, results in /data, since 2026-11-26 14:03:12)`, in the time of this place. */
export function holderText({ pid, user, study, dir, since }: Holder): string {
  return `study "${study}" (pid ${pid} of user ${user}, results in ${dir}, since ${localTime(since)})`;
}

/** `2026-11-26 14:03:12` */
export function localTime(since: string): string {
  const at = new Date(since);
  const local = new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString();
  return local.slice(0, 19).replace('T', ' ');
}
