/** Closed loop: N slots, each of which sends its next request when its last has ended. */
import { uniformIntegers } from '../random.js';
import { beginningOf, converse } from './conversation.js';
import { createWake, sleepUntil, type Loop, type LoopOptions } from './loop.js';

/** Pauses after failures in a row, so that a broken engine is not hammered: 0.1 s, doubled up to 1 s. */
const FIRST_PAUSE_MS = 100;
export const LONGEST_PAUSE_MS = 1_000;
/** Fineness of the shares of the first conversations. */
const GRAIN = 1_000_000;

/**
 * Starts this thread's share of the slots.
 *
 * Slots must not march in step, neither over requests nor over the turns of conversations. The first conversation of each
 * slot, also after a pause, ends at a point of itself that is drawn evenly from all of its output tokens, as if the slot had
 * been at work before and this were the rest. So the second begins at a time spread evenly over the length of a conversation,
 * and from then on the slots are at places of their own in their conversations. Until then, for the time of one conversation,
 * they are on their way there: that ramp belongs to the warm-up, or to what follows a pause.
 *
 * It is the end that is left out and not the beginning, since a later turn stands on the answers before it. What is sent is
 * whole and in its order, and every request is accounted for by what it was asked. Places are even where turns take as long
 * as their output; where they differ (a prefill that grows with the turns), places crowd a little where turns are short, and
 * still lie over the whole conversation. A conversation of one turn is a request of 1 token to its full length.
 */
export function startClosedLoop(slots: number, options: LoopOptions): Loop {
  const { part, parts, seed, client, prompts, observer, chat, now, beginNs } = options;
  const drawFirst = uniformIntegers(seed ^ 0x5eed);
  /** Shares of the first conversations, drawn for the slots of all threads alike. */
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
  /** Since when slots have been free that wait for the data set. */
  const withoutPrompt = new Map<number, number>();
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
      withoutPrompt.set(slot, dueNs);
      const next = await prompts.next();
      if (next === null) return;
      const { number, prompt } = next;
      withoutPrompt.delete(slot);
      if (isHalted() || seenRound !== round) continue;
      busy += 1;
      const trace = await converse({
        client,
        observer,
        prompt: first ? beginningOf(prompt, shares[slot] ?? 1) : prompt,
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
    unsentNs: () => (paused ? [] : [...withoutPrompt.values()]),
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
