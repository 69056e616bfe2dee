/** An engine whose requests were cancelled, or are those of others, on its way to having nothing to do. */
import type { Endpoint } from '@llem/core';
import { scrapeOnce } from '../server/scrape.js';
import type { Run } from './context.js';

/** An engine may take this long to drop requests that were cancelled; where it tells nothing, this is waited. */
const DRAIN_MS = 500;
const LONGEST_DRAIN_MS = 30_000;
const DRAIN_LOOK_MS = 100;

/** Waits until an engine has nothing to do; false where it says that it still has something after 30 s. */
export async function awaitQuiet(
  { backend: { serverMetrics }, guard }: Pick<Run, 'backend' | 'guard'>,
  endpoint: Endpoint,
): Promise<boolean> {
  await guard.wait(DRAIN_MS);
  if (!serverMetrics) return true;
  for (let waitedMs = 0; waitedMs < LONGEST_DRAIN_MS; waitedMs += DRAIN_LOOK_MS) {
    const told = await scrapeOnce(endpoint, serverMetrics, guard.signal);
    if ((told?.running ?? 0) + (told?.waiting ?? 0) === 0) return true;
    await guard.wait(DRAIN_LOOK_MS);
  }
  return false;
}
