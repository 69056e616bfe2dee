/** Whether a server works at more requests than it was sent: those of others. Pure. */
import type { LoadTrace } from '@llem/loadgen';
import type { Scrape } from './scrape.js';

export interface OthersSeen {
  /** Scrapes inside the window that tell how many requests the server has. */
  readonly readings: number;
  /** Those of them that tell of more than ours can be. */
  readonly over: number;
  /** The most requests that cannot be ours, at any of them. */
  readonly most: number;
}

/** Some servers tell how many they had when they looked last: SGLang looks every 40 steps, which may be some seconds. */
const OLDEST_NS = 5e9;
/** A request that has ended here may be counted for so much longer. */
const SLACK_NS = 1e8;

/**
 * Each reading is held against the most that ours were at any time that it may stand for. Null where the server does not tell. A request
 * of somebody else is missed where ours vary by more, as they do in an open loop.
 */
export function requestsOfOthers(scrapes: readonly Scrape[], trace: LoadTrace): OthersSeen | null {
  const readings = scrapes.flatMap(({ atNs, roundTripNs, values: { running, waiting = 0 } }) => {
    const at = Number(atNs - trace.originNs);
    return running === undefined || at < trace.openNs || at > trace.closeNs
      ? []
      : [{ at, withinNs: roundTripNs / 2, requests: running + waiting }];
  });
  if (readings.length === 0) return null;
  const counts = inFlightOverTime(trace);
  const excess = readings.map(({ at, withinNs, requests }) => {
    const earlier = mostBetween(counts, at - withinNs - OLDEST_NS, at + withinNs);
    const about = trace.requests.filter(
      ({ sentNs, endedNs }) => sentNs <= at + withinNs && endedNs > at - withinNs - SLACK_NS,
    ).length;
    return requests - Math.max(earlier, about);
  });
  return {
    readings: readings.length,
    over: excess.filter((more) => more >= 1).length,
    most: Math.max(0, ...excess),
  };
}

/** How many requests were in flight, from each change on. */
interface InFlight {
  readonly atNs: number;
  readonly count: number;
}

function inFlightOverTime({ requests }: LoadTrace): InFlight[] {
  const changes = requests.flatMap(({ sentNs, endedNs }) => [
    { atNs: sentNs, by: 1 },
    { atNs: endedNs, by: -1 },
  ]);
  let count = 0;
  return changes
    .sort((a, b) => a.atNs - b.atNs || a.by - b.by)
    .map(({ atNs, by }) => {
      count += by;
      return { atNs, count };
    });
}

function mostBetween(counts: readonly InFlight[], fromNs: number, toNs: number): number {
  let most = 0;
  for (const { atNs, count } of counts) {
    if (atNs > toNs) break;
    // What stood when the time began counts as well.
    most = atNs <= fromNs ? count : Math.max(most, count);
  }
  return most;
}
