/** Waits for readings, so that an interval has them on both sides. */
import type { Guard } from '../run/guard.js';
import type { Sampler } from './thread.js';

const LOOK_MS = 20;
/** A channel that is not read for so long will not be; what needs it is then null with its reason. */
const LONGEST_WAIT_MS = 3_000;

/** Resolves once energy and power of every device were read after `atNs`, or nobody has read them for too long. */
export async function awaitReadings(sampler: Sampler, atNs: bigint, guard: Guard): Promise<void> {
  for (let waitedMs = 0; waitedMs < LONGEST_WAIT_MS && !sampler.hasReadSince(atNs); waitedMs += LOOK_MS)
    await guard.wait(LOOK_MS);
}
