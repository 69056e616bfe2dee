/** Between warm-up and window: the engine's prefix cache is emptied where the engine can, and the load ramps up again. */
import type { Endpoint, Measurement, Workload } from '@llem/core';
import type { Run } from './context.js';
import { startFlow } from './flow.js';
import type { RunningLoad } from './load.js';
import { slotsOf } from './load-level.js';

/** An engine has still to notice that its last request has ended. */
const TRIES = 5;
const BETWEEN_TRIES_MS = 200;
const LOOK_MS = 50;

/** `conversationS` is how long a conversation took in the warm-up, a prompt without follow-ups being one of one turn. */
export async function emptyCache(
  run: Pick<Run, 'backend' | 'guard' | 'session'>,
  endpoint: Endpoint,
  { thread, flow: of }: RunningLoad,
  workload: Workload,
  conversationS: number,
): Promise<Measurement['window']['cacheReset']> {
  if (!run.backend.resetCache) return 'unsupported';
  const inFlightBefore = thread.counters().inFlight;
  await run.guard.race(thread.pause());
  const answer = await resetIdleCache(run, endpoint);
  const chunksBefore = thread.counters().firstChunks;
  thread.resume();

  const { guard } = run;
  while (thread.counters().firstChunks === chunksBefore) await guard.wait(LOOK_MS);
  const flow = startFlow(of, guard);
  const enough = process.hrtime.bigint() + BigInt(Math.round(conversationS * 1e9));
  const slots = slotsOf(workload);
  if (slots === null) {
    await flow.until(enough, () => thread.counters().inFlight >= inFlightBefore);
  } else {
    // After the time of one conversation, and as many ends as there are slots, every slot is at a place of its own.
    await flow.until(enough);
    while (flow.conversations() < slots) await guard.wait(LOOK_MS);
  }
  return answer;
}

/** Empties the cache of an engine that has just become idle. What it throws counts as a refusal. */
export async function resetIdleCache(
  { backend, guard, session }: Pick<Run, 'backend' | 'guard' | 'session'>,
  endpoint: Endpoint,
): Promise<'done' | 'refused' | 'unsupported'> {
  if (!backend.resetCache) return 'unsupported';
  let why = 'it did not say that it has';
  for (let tries = 0; tries < TRIES; tries += 1) {
    if (tries > 0) await guard.wait(BETWEEN_TRIES_MS);
    try {
      if (await guard.race(backend.resetCache(endpoint, guard.signal))) return 'done';
    } catch (error) {
      guard.signal.throwIfAborted();
      why = error instanceof Error ? error.message : String(error);
    }
  }
  session.request.emit({
    type: 'notice',
    level: 'warning',
    message: `The engine did not empty its prefix cache: ${why}.`,
  });
  return 'refused';
}
