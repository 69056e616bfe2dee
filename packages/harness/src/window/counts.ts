/** How many tokens answers had: as the engine's usage tells, as events came, and as was asked for. */
import type { Measurement } from '@llem/core';
import type { RequestTrace } from '@llem/loadgen';

export type CountComparison = Pick<
  Measurement['tokens'],
  'source' | 'mismatch' | 'wrongLength' | 'wrongUsage' | 'wrongEvents' | 'uncounted'
>;

/**
 * Compares the counts of completed requests. `eventPerToken` is the dialect's promise: where it is not given, an event may bear several
 * tokens, so that there are at least as many tokens as events. `fixedLength`: answers are to be exactly as long as asked. Pure.
 */
export function compareCounts(
  completed: readonly RequestTrace[],
  eventPerToken: boolean,
  fixedLength: boolean,
): CountComparison {
  let [server, client, told] = [0, 0, 0];
  let [wrongLength, wrongUsage, wrongEvents, uncounted] = [0, 0, 0, 0];
  for (const request of completed) {
    const { outputTokens: usage, outputTokensAsked: asked } = request;
    const events = request.chunks.count;
    if (usage === null) {
      if (!eventPerToken) uncounted += 1;
    } else {
      told += 1;
      server += usage;
      client += events;
    }
    const canBe = (tokens: number) => (eventPerToken ? events === tokens : events <= tokens);
    const asAsked = usage === asked || (canBe(asked) && (eventPerToken || usage === null));
    if (fixedLength && !asAsked) wrongLength += 1;
    if (usage === null || canBe(usage)) continue;
    // They contradict each other. What was asked for tells which of them is right; fewer tokens than events cannot be.
    if (!eventPerToken || (fixedLength && events === asked)) wrongUsage += 1;
    else if (fixedLength && usage === asked) wrongEvents += 1;
  }
  const comparable = server > 0 && (eventPerToken || client > server);
  return {
    source: told > 0 ? 'server' : 'client',
    mismatch: comparable ? (client - server) / server : null,
    wrongLength,
    wrongUsage,
    wrongEvents,
    uncounted,
  };
}
