/** Open loop: requests are sent at the times of a schedule, whether or not earlier ones have been answered. */
import type { Arrival } from '@llem/core';
import { drawArrivals } from './arrivals.js';
import { converse } from './conversation.js';
import { createWake, sleepUntil, type Loop, type LoopOptions } from './loop.js';
import type { NumberedPrompt } from './prompts.js';

/**
 * Where timers have a grain of 1 ms and arrivals are further apart than this, the thread looks at the clock for the last
 * of it, which costs up to a tenth of a core; where they are closer, answers wake it often enough.
 */
const WATCHED_GAP_S = 0.01;

export interface OpenLoop extends Loop {
  /** Sends what is due; called whenever something has arrived, since the time is known then. */
  onTime(nowNs: number): void;
}

interface Due extends NumberedPrompt {
  readonly intendedNs: number;
}

/** Starts this thread's share of the arrivals. */
export function startOpenLoop(arrival: Arrival, options: LoopOptions): OpenLoop {
  const { part, parts, seed, client, prompts, observer, chat, now, wakeAt } = options;
  const draw = drawArrivals(arrival, seed ^ 0xa441);
  const most = Math.max(
    1,
    Math.floor(arrival.max_in_flight / parts) + (part < arrival.max_in_flight % parts ? 1 : 0),
  );
  const watches = arrival.process !== 'trace' && (arrival.rate ?? 0) * WATCHED_GAP_S <= 1;
  /** Of a trace nobody knows how dense it gets: each gap is judged by itself. */
  const watchesGap = (leftNs: number) =>
    watches || (arrival.process === 'trace' && leftNs > WATCHED_GAP_S * 1e9);
  /** Due, and waiting because as many are in flight as may be. */
  const waiting: Due[] = [];
  let drawn = 0;
  let inFlight = 0;
  /** When last there was room again after as many had been in flight as may be. */
  let roomSinceNs = -Infinity;
  let sent = 0;
  let shiftNs = options.beginNs;
  /** From this time on nothing is sent; Infinity while it goes on. */
  let heldFromNs = Infinity;
  let stopped = false;
  const failedOrStopped = createWake();
  let resumed = createWake();
  /** Resolved when the next arrival lies in a pause. */
  let holding = createWake();
  let quiet = createWake();
  let target = { atNs: Infinity, wake: createWake() };
  /** The arrival that is waited for. */
  let nextNs = Infinity;
  const isStopped = () => stopped;
  const isHeld = () => heldFromNs !== Infinity;
  const nextIndex = () => sent++;

  const launch = ({ number, prompt, intendedNs }: Due): void => {
    inFlight += 1;
    void converse({
      client,
      observer,
      prompt,
      number,
      slot: null,
      intendedNs,
      roomNs: Math.max(intendedNs, roomSinceNs),
      seed,
      chat,
      nextIndex,
      isStopped: () => stopped || isHeld(),
    })
      .catch((error: unknown) => {
        fail(error);
        return { endedNs: now() };
      })
      .then(({ endedNs }) => makeRoom(endedNs));
  };

  const makeRoom = (atNs: number): void => {
    if (inFlight === most) roomSinceNs = atNs;
    inFlight -= 1;
    const next = stopped ? undefined : waiting.shift();
    if (next) launch(next);
    else if (inFlight === 0) quiet.resolve();
  };

  /** Resolves at a time that a pause may move, or when the loop is stopped. */
  const until = async (atNs: () => number): Promise<void> => {
    const watching = watchesGap(atNs() - now());
    for (;;) {
      const leftNs = atNs() - now();
      if (leftNs <= 0 || stopped || atNs() >= heldFromNs) return;
      target = { atNs: atNs(), wake: createWake() };
      const { wake } = target;
      const cancel = wakeAt(target.atNs, wake.resolve, watching);
      await wake.promise;
      cancel();
    }
  };

  const run = async (): Promise<void> => {
    while (!isStopped()) {
      const next = await prompts.next();
      if (next === null) return;
      const { number, prompt } = next;
      let atS = 0;
      if (arrival.process === 'trace') atS = draw(prompt.atS);
      else for (; drawn <= number; drawn += 1) atS = draw(undefined);
      const at = () => shiftNs + atS * 1e9;
      for (;;) {
        while (at() >= heldFromNs && !isStopped()) {
          holding.resolve();
          await Promise.race([resumed.promise, failedOrStopped.promise]);
        }
        nextNs = at();
        await until(at);
        if (isStopped() || at() < heldFromNs) break;
      }
      if (isStopped()) return;
      nextNs = Infinity;
      const due: Due = { number, prompt, intendedNs: at() };
      if (inFlight < most) launch(due);
      else waiting.push(due);
    }
  };
  let failure: unknown = null;
  const fail = (error: unknown): void => {
    failure ??= error;
    halt();
  };
  const halt = (): void => {
    stopped = true;
    failedOrStopped.resolve();
    target.wake.resolve();
    if (inFlight === 0) quiet.resolve();
  };

  return {
    stopped: run().then(async () => {
      if (inFlight > 0) {
        quiet = createWake();
        await quiet.promise;
      }
      if (failure !== null) throw failure instanceof Error ? failure : new Error(JSON.stringify(failure));
    }),
    async pause(atNs) {
      heldFromNs = atNs;
      resumed = createWake();
      holding = createWake();
      await sleepUntil(atNs, now);
      target.wake.resolve();
      // What is due before the pause may be a little late.
      await Promise.race([holding.promise, failedOrStopped.promise]);
      // What waits has not been sent and is not sent later: the queue would be carried into what comes next.
      waiting.length = 0;
      quiet = createWake();
      if (inFlight === 0) quiet.resolve();
      await quiet.promise;
    },
    resume(atNs) {
      shiftNs += atNs - heldFromNs;
      heldFromNs = Infinity;
      resumed.resolve();
    },
    stop: halt,
    onTime(nowNs) {
      if (nowNs >= target.atNs) target.wake.resolve();
    },
    unsentNs() {
      const nowNs = now();
      return [...waiting.map(({ intendedNs }) => intendedNs), ...(nextNs <= nowNs ? [nextNs] : [])];
    },
  };
}
