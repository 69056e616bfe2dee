import type { Arrival } from '@llem/core';
import { expect, it } from 'vitest';
import { drawArrivals } from './arrivals.js';
import { loopOptions, prompts, recorder, type Recorder } from './loop.fixture.js';
import { startOpenLoop } from './open-loop.js';

const origin = process.hrtime.bigint();
const now = () => Number(process.hrtime.bigint() - origin);

const FAST: Arrival = { process: 'constant', rate: 2_000, max_in_flight: 4_096 };

/** Settles once so many have been asked for. */
async function asked(recording: Recorder, count: number): Promise<void> {
  while (recording.asked.length < count) await new Promise((resolve) => setTimeout(resolve, 1));
}

it('sends each request at its time and not before, whether or not others have been answered', async () => {
  const recording = recorder({ held: true, now });
  const beginNs = now();
  const loop = startOpenLoop(FAST, loopOptions(recording, { now, beginNs }));
  await asked(recording, 60);
  loop.stop();
  recording.release();
  await loop.stopped;
  expect(recording.mostInFlight()).toBe(recording.asked.length);
  recording.ended.forEach((trace, index) => {
    expect(trace.intendedNs).toBeCloseTo(beginNs + index * 5e5, 0);
    expect(trace.sentNs).toBeGreaterThanOrEqual(trace.intendedNs);
  });
});

it('lets what is due wait in the client when as many are in flight as may be, and says what was never sent', async () => {
  const recording = recorder({ held: true, now });
  const beginNs = now();
  const loop = startOpenLoop({ ...FAST, max_in_flight: 5 }, loopOptions(recording, { now, beginNs }));
  while (now() < beginNs + 20e6) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(recording.asked).toHaveLength(5);
  recording.release();
  await asked(recording, 10);
  expect(recording.asked[5]?.intendedNs).toBeCloseTo(beginNs + 5 * 5e5, 0);
  const atOnce = recording.asked.slice(0, 5);
  expect(atOnce.map(({ roomNs }) => roomNs)).toEqual(atOnce.map(({ intendedNs }) => intendedNs));
  const madeRoom = recording.ended.slice(0, 5).map(({ endedNs }) => endedNs);
  expect(recording.asked.slice(5, 10).map(({ roomNs }) => roomNs)).toEqual(madeRoom);
  const unsent = loop.unsentNs();
  expect(unsent.length).toBeGreaterThan(10);
  expect(unsent[0]).toBeCloseTo(beginNs + 10 * 5e5, 0);
  loop.stop();
  recording.release();
  await loop.stopped;
});

it('shares one sequence among threads: together they send what one would', async () => {
  const arrival: Arrival = { process: 'poisson', rate: 3_000, max_in_flight: 4_096 };
  const beginNs = now();
  const shares = [0, 1, 2].map((part) => {
    const recording = recorder({ now });
    return {
      recording,
      loop: startOpenLoop(arrival, loopOptions(recording, { part, parts: 3, now, beginNs })),
    };
  });
  await Promise.all(shares.map(({ recording }) => asked(recording, 40)));
  for (const { loop } of shares) loop.stop();
  await Promise.all(shares.map(({ loop }) => loop.stopped));
  const times = shares
    .flatMap(({ recording }) => recording.asked.map((request) => request.intendedNs))
    .sort((a, b) => a - b);
  const draw = drawArrivals(arrival, 1 ^ 0xa441);
  times.slice(0, 100).forEach((at) => expect(at).toBeCloseTo(beginNs + draw(undefined) * 1e9, 0));
});

it('holds the schedule during a pause and goes on with the rest of it afterwards', async () => {
  const recording = recorder({ now });
  const beginNs = now();
  const loop = startOpenLoop(FAST, loopOptions(recording, { now, beginNs }));
  await asked(recording, 10);
  const pauseNs = now() + 5e6;
  await loop.pause(pauseNs);
  const before = recording.asked.length;
  expect(recording.asked.every(({ intendedNs }) => intendedNs < pauseNs)).toBe(true);
  const resumeNs = pauseNs + 50e6;
  loop.resume(resumeNs);
  await asked(recording, before + 10);
  loop.stop();
  await loop.stopped;
  const after = recording.asked.slice(before).map(({ intendedNs }) => intendedNs);
  const gap = (after[0] ?? 0) - resumeNs;
  expect(gap).toBeGreaterThanOrEqual(0);
  expect(gap).toBeLessThanOrEqual(5e5);
  // Not one of the sequence was left out.
  expect(recording.asked.map(({ content }) => content[0])).toEqual(recording.asked.map((_, index) => index));
});

it('stops at once while it waits for an arrival that is far off', async () => {
  const recording = recorder({ now });
  const loop = startOpenLoop(
    { process: 'constant', rate: 0.001, max_in_flight: 1 },
    loopOptions(recording, { now, beginNs: now() }),
  );
  await asked(recording, 1);
  loop.stop();
  await loop.stopped;
});

it('sends a recorded trace at its times, and says when it has ended', async () => {
  const recording = recorder({ now });
  const source = [0, 2, 2, 9].map((ms) => ({
    content: [ms],
    inputTokens: 1,
    outputTokens: 1,
    atS: ms / 1_000,
  }));
  const beginNs = now();
  const loop = startOpenLoop(
    { process: 'trace', speed: 1, max_in_flight: 10 },
    loopOptions(recording, { now, beginNs, source }),
  );
  await expect(loop.stopped).rejects.toThrow('no more prompts');
  expect(recording.asked.map(({ intendedNs }) => Math.round((intendedNs - beginNs) / 1e6))).toEqual([
    0, 2, 2, 9,
  ]);
});

it('fails when a conversation cannot go on', async () => {
  const broken = recorder();
  const client = { ...broken.client, complete: () => Promise.reject(new Error('unsuitable')) };
  const loop = startOpenLoop(
    FAST,
    loopOptions({ ...broken, client }, { now, beginNs: now(), source: prompts() }),
  );
  await expect(loop.stopped).rejects.toThrow('unsuitable');
});
