import { expect, it } from 'vitest';
import { startClosedLoop } from './closed-loop.js';
import { loopOptions, prompts, recorder, turns, type Recorder } from './loop.fixture.js';
import type { NumberedPrompt, PromptQueue } from './prompts.js';

async function run(slots: number, seed: number, total: number, recording: Recorder): Promise<void> {
  let ended = 0;
  const options = loopOptions(recording, {
    seed,
    onEnded: () => {
      ended += 1;
      if (ended === total) loop.stop();
    },
  });
  const loop = startClosedLoop(slots, options);
  await loop.stopped;
}

it('keeps exactly as many requests in flight as it has slots', async () => {
  const recording = recorder();
  await run(7, 1, 100, recording);
  expect(recording.mostInFlight()).toBe(7);
  expect(recording.asked.length).toBeGreaterThanOrEqual(100);
  expect(new Set(recording.asked.map(({ index }) => index)).size).toBe(recording.asked.length);
  expect(new Set(recording.asked.map(({ content }) => content[0])).size).toBe(recording.asked.length);
});

it('draws the first length of every slot from 1 to the full length and asks for the full length afterwards', async () => {
  const recording = recorder();
  await run(64, 3, 640, recording);
  const first = recording.asked.slice(0, 64).map(({ outputTokens }) => outputTokens);
  expect(Math.min(...first)).toBeLessThan(20);
  expect(Math.max(...first)).toBeGreaterThan(80);
  expect(first.every((length) => length >= 1 && length <= 100)).toBe(true);
  expect(recording.asked.slice(64).every(({ outputTokens }) => outputTokens === 100)).toBe(true);
});

it('draws the same first lengths for the same seed', async () => {
  const [a, b, c] = [recorder(), recorder(), recorder()];
  await Promise.all([run(16, 5, 16, a), run(16, 5, 16, b), run(16, 6, 16, c)]);
  const lengths = (recording: Recorder) =>
    recording.asked.slice(0, 16).map(({ outputTokens }) => outputTokens);
  expect(lengths(a)).toEqual(lengths(b));
  expect(lengths(a)).not.toEqual(lengths(c));
});

it('gives several threads together what one would have: slots, first lengths and prompts', async () => {
  const alone = recorder({ held: true });
  const loops = [startClosedLoop(7, loopOptions(alone))];
  const shares = [0, 1, 2].map((part) => {
    const recording = recorder({ held: true });
    loops.push(startClosedLoop(7, loopOptions(recording, { part, parts: 3 })));
    return recording;
  });
  await turns();
  const together = shares.flatMap(({ asked }) => asked);
  const bySlot = (asked: Recorder['asked']) =>
    asked.map(({ slot, outputTokens }) => [slot, outputTokens]).sort(([a], [b]) => (a ?? 0) - (b ?? 0));
  expect(bySlot(together)).toEqual(bySlot(alone.asked));
  expect(new Set(together.map(({ content }) => content[0])).size).toBe(7);
  for (const loop of loops) loop.stop();
  for (const recording of [alone, ...shares]) recording.release();
  await Promise.all(loops.map(({ stopped }) => stopped));
});

it('pauses when nothing is in flight any more, and begins again out of step', async () => {
  const recording = recorder({ held: true });
  const loop = startClosedLoop(8, loopOptions(recording));
  await turns();
  let quiet = false;
  const pausing = loop.pause(0).then(() => (quiet = true));
  await turns();
  expect(quiet).toBe(false);
  recording.release();
  await pausing;
  await turns();
  expect(recording.asked).toHaveLength(8);
  loop.resume(-5);
  await turns();
  expect(recording.asked).toHaveLength(16);
  const second = recording.asked.slice(8);
  expect(second.every(({ intendedNs }) => intendedNs === -5)).toBe(true);
  expect(new Set(second.map(({ outputTokens }) => outputTokens)).size).toBeGreaterThan(4);
  loop.stop();
  recording.release();
  await loop.stopped;
});

it('pauses after a failure instead of hammering a broken engine, and stops at once all the same', async () => {
  const recording = recorder({ status: 'failed' });
  await run(4, 1, 4, recording);
  expect(recording.asked).toHaveLength(4);
});

it('says what a data set throws', async () => {
  const broken = function* () {
    yield* prompts(1);
    throw new RangeError('a broken line');
  };
  const loop = startClosedLoop(1, loopOptions(recorder(), { source: broken() }));
  await expect(loop.stopped).rejects.toThrow('a broken line');
});

/** Prompts that come when they are let. */
function slowPrompts() {
  const waiting: ((prompt: NumberedPrompt) => void)[] = [];
  let number = 0;
  const queue: PromptQueue = {
    filled: Promise.resolve(),
    next: () => new Promise((resolve) => waiting.push(resolve)),
    close: () => undefined,
  };
  const letOne = () => {
    const [prompt] = prompts(1);
    if (prompt) waiting.shift()?.({ number: number++, prompt });
  };
  return { queue, letOne };
}

it('tells since when a slot has been free that waits for a prompt, sent in the end or not', async () => {
  let nowNs = 0;
  const recording = recorder({ held: true, now: () => nowNs });
  const { queue, letOne } = slowPrompts();
  const loop = startClosedLoop(2, loopOptions(recording, { prompts: queue, now: () => nowNs }));
  await turns();
  expect(loop.unsentNs()).toEqual([0, 0]);
  nowNs = 5e9;
  letOne();
  await turns();
  expect(loop.unsentNs()).toEqual([0]);
  nowNs = 7e9;
  recording.release();
  await turns();
  expect(recording.ended).toMatchObject([{ intendedNs: 0, roomNs: 0 }]);
  expect(loop.unsentNs()).toEqual([0, 7e9]);
  loop.stop();
  letOne();
  letOne();
  await loop.stopped;
});

it('takes no wait for a prompt over a pause for lateness', async () => {
  const recording = recorder({ held: true });
  const { queue, letOne } = slowPrompts();
  const loop = startClosedLoop(1, loopOptions(recording, { prompts: queue }));
  await turns();
  await loop.pause(0);
  expect(loop.unsentNs()).toEqual([]);
  loop.resume(-7);
  letOne();
  await turns();
  letOne();
  await turns();
  expect(recording.asked).toMatchObject([{ intendedNs: -7, roomNs: -7 }]);
  expect(recording.asked[0]?.outputTokens).toBeLessThan(100);
  loop.stop();
  recording.release();
  await loop.stopped;
});
