/** Takes what a study needs of the machine, all of it or nothing. */
import type { Claim } from '@llem/harness';
import { holderSchema, type Holder } from './holder.js';
import { addressOf, lookAt, tryLock, type HeldLock, type Lock } from './socket.js';

/**
 * The processor is a lock of so many places. A study that only sends its load from it takes one, and a study that is
 * billed for it takes all. No machine has more GPUs to measure at once.
 */
export const PROCESSOR_PLACES = 32;

export interface Hold {
  release(): void;
  /** Those who have a place on the processor beside this study now. Empty for one that has it alone. */
  neighbours(): Promise<Holder[]>;
}

/** What is not free, and whose it is. */
export interface Obstacle {
  /** `gpu:GPU-...`, or `processor`. */
  readonly what: string;
  readonly held: HeldLock<Holder>;
}

export type Attempt = { readonly hold: Hold } | { readonly obstacle: Obstacle };

/** Tries once. `scope` keeps sets of locks apart. */
export async function tryHold(claim: Claim, scope: string, holder: () => Holder): Promise<Attempt> {
  for (;;) {
    const attempt = await tryOnce(claim, scope, holder);
    if ('hold' in attempt) return attempt;
    const held = await lookAt(addressOf(scope, attempt.taken.name), holderSchema);
    // Nobody there: it has become free since.
    if (held) return { obstacle: { what: attempt.taken.what, held } };
  }
}

interface Taken {
  readonly what: string;
  readonly name: string;
}

async function tryOnce(
  claim: Claim,
  scope: string,
  holder: () => Holder,
): Promise<{ readonly hold: Hold } | { readonly taken: Taken }> {
  const locks: Lock[] = [];
  const release = () => {
    for (const lock of locks) lock.release();
  };
  const take = async (name: string): Promise<boolean> => {
    const lock = await tryLock(addressOf(scope, name), holder);
    if (lock) locks.push(lock);
    return lock !== null;
  };
  try {
    // Everybody goes in the same order, so that of two who want the same one gets on.
    for (const gpu of claim.gpus) {
      if (await take(gpu)) continue;
      release();
      return { taken: { what: gpu, name: gpu } };
    }
    const mine = await takeProcessor(claim, take);
    if (mine.ok) return { hold: { release, neighbours: () => neighbours(claim, scope, mine.place) } };
    release();
    return { taken: { what: 'processor', name: placeName(mine.place) } };
  } catch (error) {
    release();
    throw error;
  }
}

/** Its place, or the first one that is in the way. */
async function takeProcessor(
  { processor }: Claim,
  take: (name: string) => Promise<boolean>,
): Promise<{ readonly ok: boolean; readonly place: number }> {
  const alone = processor === 'alone';
  for (let place = 0; place < PROCESSOR_PLACES; place += 1) {
    const free = await take(placeName(place));
    if (free !== alone) return { ok: free, place };
  }
  return { ok: alone, place: 0 };
}

async function neighbours({ processor }: Claim, scope: string, mine: number): Promise<Holder[]> {
  if (processor === 'alone') return [];
  const found = await Promise.all(
    Array.from({ length: PROCESSOR_PLACES }, async (_, place) => {
      const held = place === mine ? null : await lookAt(addressOf(scope, placeName(place)), holderSchema);
      held?.leave();
      return held?.holder ?? [];
    }),
  );
  return found.flat();
}

function placeName(place: number): string {
  return `processor/${place}`;
}
