/** What a reading leaves to be collected, in the thread that measures: nothing. */
import { GCProfiler, getHeapStatistics } from 'node:v8';
import { demand } from '../../rule.js';
import { nameOf } from '../bench.js';
import { rule } from './rule.js';

/**
 * More than this is texts, lists and objects that are made for every reading. Less is a handful of numbers, which take 16 bytes each where they go
 * from one function to another.
 */
const MOST_BYTES = 100;
/** Before the first trial. */
const WARM_UP_MS = 20;
const TRIAL_READINGS = 200;
/** For as long as the compiler may need to see what can be left out. What else happens in the process adds to a trial, and not to each of them. */
const TRIALS_MS = 1_500;

/** Bytes for each reading, as the best of some trials tells. */
function garbageOf(read: () => unknown): number {
  const fromMs = performance.now();
  while (performance.now() < fromMs + WARM_UP_MS) read();
  let least = Infinity;
  do least = Math.min(least, tryOnce(read));
  while (least > MOST_BYTES && performance.now() < fromMs + TRIALS_MS);
  return least;
}

/** Infinity where the heap was collected meanwhile, so that nobody can tell. */
function tryOnce(read: () => unknown): number {
  const profiler = new GCProfiler();
  profiler.start();
  const before = getHeapStatistics().used_heap_size;
  for (let left = TRIAL_READINGS; left > 0; left -= 1) read();
  const bytes = getHeapStatistics().used_heap_size - before;
  const collections = profiler.stop().statistics.length;
  return collections === 0 ? bytes / TRIAL_READINGS : Infinity;
}

export const garbageRules = [
  rule('meter.read.garbage', 'a reading allocates nothing', ({ open, channels }) => {
    const { probe, read } = open();
    const out = new Float64Array(channels.length);
    for (const [index, channel] of channels.entries()) {
      // One that does not come back is stopped here alone.
      read(index);
      const bytes = garbageOf(() => probe.read(out, index));
      const some = Number.isFinite(bytes) ? `${Math.round(bytes)} bytes` : 'so much';
      demand(
        bytes <= MOST_BYTES,
        `A reading of ${nameOf(channel)} leaves ${some} to be collected, which stops the thread that measures: make all that it needs in \`open\`.`,
      );
    }
  }),
];
