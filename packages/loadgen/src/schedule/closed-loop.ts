/** Closed loop: N slots, each of which sends its next request when its last has ended. */
import { uniformIntegers } from '../random.js';
import { converse } from './conversation.js';
import { createWake, sleepUntil, type Loop, type LoopOptions } from './loop.js';

/** Pauses after failures in a row, so that a broken engine is not hammered: 0.1 s, doubled up to 1 s. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1_000;
/** Fineness of the first lengths. */
const GRAIN = 1_000_000;

/**
 * Starts this thread's share of the slots. The first request of each slot, also after a pause, gets an output length drawn
 * from 1 to the full length, so that slots do not march in step.
 */
export function startClosedLoop(slots: number, options: LoopOptions): Loop {
  const { part, parts, seed, client, prompts, observer, chat, now, beginNs } = options;
  const drawFirst = uniformIntegers(seed ^ 0x5eed);
  /** Shares of the full length, drawn for the slots of all threads alike. */
  const drawShares = () => Array.from({ length: slots }, () => drawFirst(1, GRAIN) / GRAIN);
  let shares = drawShares();
  let stopped = false;
  let paused = false;
  /** Grows with each pause: a slot that sees it change begins again. */
  let round = 0;
  let roundNs = beginNs;
  let resumed = createWake();
  let quiet = createWake();
  const stopRequested = createWake();
  let busy = 0;
  let sent = 0;
  const nextIndex = () => sent++;
  // A pause or a stop may come during any wait.
  const isStopped = () => stopped;
  const isHalted = () => stopped || paused;

  const runSlot = async (slot: number): Promise<void> => {
    let failures = 0;
    let seenRound = -1;
    let dueNs = beginNs;
    while (!isStopped()) {
      if (paused) {
        await Promise.race([resumed.promise, stopRequested.promise]);
        continue;
      }
      const first = seenRound !== round;
      if (first) {
        seenRound = round;
        dueNs = roundNs;
        await sleepUntil(roundNs, now);
      }
      const { number, prompt } = await prompts.next();
      if (isHalted()) continue;
      busy += 1;
      const share = first ? (shares[slot] ?? 1) : 1;
      const trace = await converse({
        client,
        observer,
        prompt: { ...prompt, outputTokens: Math.max(1, Math.ceil(prompt.outputTokens * share)) },
        number,
        slot,
        intendedNs: dueNs,
        roomNs: dueNs,
        seed,
        chat,
        nextIndex,
        isStopped: isHalted,
      });
      busy -= 1;
      if (busy === 0) quiet.resolve();
      dueNs = trace.endedNs;
      failures = trace.status === 'failed' ? failures + 1 : 0;
      if (failures > 0 && !isHalted()) {
        const wait = Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS);
        await Promise.race([stopRequested.promise, pause(wait)]);
        dueNs = now();
      }
    }
  };

  const mine = Array.from({ length: slots }, (_, slot) => slot).filter((slot) => slot % parts === part);
  return {
    stopped: Promise.all(mine.map(runSlot)).then(() => undefined),
    async pause() {
      paused = true;
      resumed = createWake();
      quiet = createWake();
      if (busy === 0) quiet.resolve();
      await quiet.promise;
    },
    resume(atNs) {
      paused = false;
      round += 1;
      roundNs = atNs;
      shares = drawShares();
      resumed.resolve();
    },
    stop() {
      stopped = true;
      stopRequested.resolve();
    },
    unsentNs: () => [],
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
