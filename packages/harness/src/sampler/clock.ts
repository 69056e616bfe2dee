/** The clock of `process.hrtime` without its big integers, which would be garbage of every tick. */

const NS_PER_MS = 1e6;
const TRIALS = 25;

/**
 * Nanoseconds since `originNs` of `process.hrtime.bigint()`, to within a microsecond, for the thread that calls. `performance.now`
 * is the same clock of the kernel with an origin of each thread's own; the difference is found out once.
 */
export function clockSince(originNs: bigint): () => number {
  let offsetNs = 0;
  let closestNs = Infinity;
  // The trial in which the least time passed between the three readings is the exact one.
  for (let trial = 0; trial < TRIALS; trial += 1) {
    const before = process.hrtime.bigint();
    const nowMs = performance.now();
    const after = process.hrtime.bigint();
    const apartNs = Number(after - before);
    if (apartNs >= closestNs) continue;
    closestNs = apartNs;
    offsetNs = Number(before - originNs) + apartNs / 2 - nowMs * NS_PER_MS;
  }
  return () => performance.now() * NS_PER_MS + offsetNs;
}
