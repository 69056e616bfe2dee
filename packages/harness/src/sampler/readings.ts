/** Waits for readings, so that an interval has them on both sides. */
import type { Guard } from '../run/guard.js';
import type { Sampler } from './thread.js';

const LOOK_MS = 20;
/** A channel that gives nothing for so long will not; what needs it is then null with its reason. */
const LONGEST_WAIT_MS = 3_000;

/** Resolves once every channel has been read after `atNs`, or has been silent for too long. */
export async function awaitReadings(sampler: Sampler, atNs: bigint, guard: Guard): Promise<void> {
  const hasRead = () => sampler.channels().every(({ series }) => (series.atNs.at(-1) ?? 0n) > atNs);
  for (let waitedMs = 0; waitedMs < LONGEST_WAIT_MS && !hasRead(); waitedMs += LOOK_MS)
    await guard.wait(LOOK_MS);
}
