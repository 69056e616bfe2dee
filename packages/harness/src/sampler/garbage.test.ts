/** What the sampler's loop leaves to be collected, and its clock. */
import { PerformanceObserver } from 'node:perf_hooks';
import { READ_OK } from '@llem/core';
import { expect, it } from 'vitest';
import { clockSince } from './clock.js';
import { runLoop, type LoopChannel } from './loop.js';
import { kindOf } from './rates.js';
import { samplerMemory, type SamplerCommand } from './shared.js';

/** The loop with the thread's own clock and memory, but waits that are skipped, until so many readings were made. */
function readUntil(readings: number): void {
  const channels = (['powerW', 'energyJ', 'temperatureC', 'powerW'] as const).map(
    (quantity): LoopChannel => ({
      channel: { quantity, minPeriodMs: 1 },
      index: 0,
      out: new Float64Array(1),
      probe: {
        read(out, index) {
          out[index] = (out[index] ?? 0) === 0 ? 1 : 1.5;
          return READ_OK;
        },
      },
    }),
  );
  const memory = samplerMemory(channels.map(({ channel }) => kindOf(channel)));
  const realNs = clockSince(process.hrtime.bigint());
  let [made, skippedNs] = [0, 0];
  const clock = {
    nowNs: () => realNs() + skippedNs,
    wait(_: SamplerCommand, ms: number): SamplerCommand {
      skippedNs += ms * 1e6;
      return made < readings ? 'run' : 'stop';
    },
  };
  runLoop(channels, clock, memory.tally, {
    ready: () => undefined,
    threw: () => undefined,
    reading(channel, atNs, callNs, value, code) {
      made += 1;
      memory.write(channel, atNs, callNs, value, code);
    },
  });
}

it('leaves next to no garbage: 100,000 readings are made with some short collections at most', async () => {
  readUntil(50_000);
  let collections = 0;
  const observer = new PerformanceObserver((list) => {
    collections += list.getEntries().length;
  });
  observer.observe({ entryTypes: ['gc'] });
  readUntil(100_000);
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
  observer.disconnect();
  // The numbers that the clock gives are 16 bytes each: 150 bytes a reading fill a nursery of 8 MB twice. Nothing of it is kept, so
  // that a collection takes some tenths of a millisecond.
  expect(collections).toBeLessThanOrEqual(4);
});

it('has the clock of process.hrtime', () => {
  const originNs = process.hrtime.bigint();
  const nowNs = clockSince(originNs);
  const before = Number(process.hrtime.bigint() - originNs);
  const now = nowNs();
  const after = Number(process.hrtime.bigint() - originNs);
  // To within what the three readings of the closest trial were apart.
  expect(now).toBeGreaterThan(before - 50_000);
  expect(now).toBeLessThan(after + 50_000);
});
