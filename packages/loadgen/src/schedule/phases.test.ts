/** Whether the slots of a closed loop are out of step, over requests and over whole conversations. */
import type { FollowUp, Prompt } from '@llem/core';
import { describe, expect, it } from 'vitest';
import { uniformReals } from '../random.js';
import { startClosedLoop } from './closed-loop.js';
import { loopOptions, prompts, recorder } from './loop.fixture.js';
import { virtualEngine, type Served } from './virtual-time.fixture.js';

const SLOTS = 96;
/** A prefill, and a token every 10 ms. */
const serviceS = ({ outputTokens }: { readonly outputTokens: number }) => 0.05 + 0.01 * outputTokens;
const followUp: FollowUp = { content: ' and?', inputTokens: null, outputTokens: 100 };
const conversations = (turns: number) =>
  prompts(Infinity, { content: 'Once', followUps: Array.from({ length: turns - 1 }, () => followUp) });

/** Where each slot is in its conversation, 0 to 1: the time since its first turn, of the time that the whole one takes. */
function phasesAt(
  atS: number,
  served: readonly Served[],
  wholeS: (conversation: number) => number,
): number[] {
  const latest = new Map<number, Served>();
  for (const one of served)
    if (one.sentS <= atS && one.request.turn === 0) latest.set(one.request.slot ?? -1, one);
  return [...latest.values()].map(({ sentS, request }) => (atS - sentS) / wholeS(request.conversation));
}

/** Largest distance between the empirical distribution and the uniform one: Kolmogorov's statistic. */
function distanceFromUniform(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const n = sorted.length;
  return Math.max(...sorted.map((value, index) => Math.max((index + 1) / n - value, value - index / n)));
}
/** Of uniform values exceeded once in a thousand: 1.95 / sqrt(n) (F. J. Massey, J. Am. Stat. Assoc. 46 (1951) 68-78). */
const LIMIT = 1.95 / Math.sqrt(SLOTS);

async function run(source: Iterable<Prompt>, seed: number, untilS: number) {
  const engine = virtualEngine(serviceS);
  const options = { seed, source, now: engine.now };
  const loop = startClosedLoop(SLOTS, loopOptions({ ...recorder(), client: engine.client }, options));
  await engine.runUntil(untilS);
  return { engine, loop };
}

describe('the slots of a closed loop', () => {
  it.each([
    [1, 1],
    [4, 2],
    [12, 3],
  ])(
    'lie all over a conversation of %i turns once the time of one has passed, and stay so',
    async (turns, seed) => {
      const wholeS = turns * 1.05;
      const { engine } = await run(conversations(turns), seed, 6 * wholeS);
      for (const times of [1, 1.5, 2.25, 5.5]) {
        const phases = phasesAt(times * wholeS, engine.served, () => wholeS);
        expect(phases).toHaveLength(SLOTS);
        expect(distanceFromUniform(phases)).toBeLessThan(LIMIT);
      }
    },
  );

  it('lie so over conversations of several lengths, too', async () => {
    const draw = uniformReals(5);
    const turnsOf: number[] = [];
    const mixed = function* (): Generator<Prompt, void, undefined> {
      for (;;) {
        const turns = 1 + Math.floor(8 * draw());
        turnsOf.push(turns);
        yield* prompts(1, { content: 'Once', followUps: Array.from({ length: turns - 1 }, () => followUp) });
      }
    };
    const { engine } = await run(mixed(), 6, 60);
    for (const atS of [12, 30, 59]) {
      const phases = phasesAt(atS, engine.served, (conversation) => (turnsOf[conversation] ?? 0) * 1.05);
      expect(distanceFromUniform(phases)).toBeLessThan(LIMIT);
    }
  });

  it('begin again all over a conversation after a pause', async () => {
    const wholeS = 4 * 1.05;
    const { engine, loop } = await run(conversations(4), 9, 3 * wholeS);
    const pausing = loop.pause(0);
    await engine.runUntil(5 * wholeS);
    await pausing;
    loop.resume(5 * wholeS * 1e9);
    await engine.runUntil(8 * wholeS);
    for (const times of [6, 7.5]) {
      const phases = phasesAt(times * wholeS, engine.served, () => wholeS);
      expect(distanceFromUniform(phases)).toBeLessThan(LIMIT);
    }
  });

  it('send the beginning of a first conversation in its order, and whole conversations afterwards', async () => {
    const { engine } = await run(conversations(4), 4, 20);
    const firstTurns: number[] = [];
    for (let slot = 0; slot < SLOTS; slot += 1) {
      const requests = engine.served.filter(({ request }) => request.slot === slot);
      const [one, other] = [...new Set(requests.map(({ request }) => request.conversation))];
      const [first, second] = [one, other].map((conversation) =>
        requests.filter(({ request }) => request.conversation === conversation),
      );
      firstTurns.push(first?.length ?? 0);
      expect(first?.map(({ request }) => request.content)).toEqual(
        ['Once', 'Oncea0 and?', 'Oncea0 and?a1 and?', 'Oncea0 and?a1 and?a2 and?'].slice(0, first?.length),
      );
      // All but the last turn are as long as asked for.
      expect(first?.slice(0, -1).every(({ request }) => request.outputTokens === 100)).toBe(true);
      expect(second?.map(({ request }) => request.outputTokens)).toEqual([100, 100, 100, 100]);
    }
    for (const turns of [1, 2, 3, 4])
      expect(firstTurns.filter((count) => count === turns).length).toBeGreaterThan(8);
  });
});
