/** What a server told of itself inside the window: means weighted by time, and differences of what only grows. */
import type { ServerFigures, ServerQuantity } from '@llem/core';
import { durationS, type Interval } from '../energy/series.js';
import { SCRAPE_PERIOD_MS, type Scrape } from './scrape.js';

const PERIOD_S = SCRAPE_PERIOD_MS / 1_000;
/** A scrape stands for the time that is no further from it than this: each that is missing leaves a hole. */
const NEAR_S = PERIOD_S / 2;
/** Share of a window, 0 to 1, that scrapes must stand for: the least that a mean is given of. */
export const MIN_SCRAPE_COVERAGE = 0.75;
/** Readings that a mean takes; fewer are glimpses of something that goes up and down by the second. */
const MIN_READINGS = 5;

const NOT_TOLD = 'the engine does not tell';

interface Point {
  /** Since the start of the window. */
  readonly atS: number;
  readonly value: number;
}

/** A figure, or why there is none. */
type Told = number | { readonly reason: string };

export interface ServerAccount {
  /** Null when nothing was told. */
  readonly figures: ServerFigures | null;
  /** Why figures are null, by their names. */
  readonly reasons: Readonly<Record<string, string>>;
}

export function serverFigures(scrapes: readonly Scrape[], window: Interval): ServerAccount {
  const seconds = durationS(window);
  if (scrapes.length === 0 || !(seconds > 0)) return { figures: null, reasons: {} };
  const timeOf = ({ atNs }: Scrape) => Number(atNs - window.startNs) / 1e9;
  const pointsOf = (quantity: ServerQuantity): Point[] =>
    scrapes.flatMap((scrape) => {
      const value = scrape.values[quantity];
      return value === undefined ? [] : [{ atS: timeOf(scrape), value }];
    });
  const told = {
    meanRunning: meanOver(pointsOf('running'), seconds),
    meanWaiting: meanOver(pointsOf('waiting'), seconds),
    meanKvUse: meanOver(pointsOf('kvUse'), seconds),
    preemptions: grownOver(pointsOf('preemptions'), seconds),
    cachedTokens: grownOver(pointsOf('cachedTokens'), seconds),
    acceptanceRate: acceptance(pointsOf, seconds),
  };
  const reasons: Record<string, string> = {};
  const figure = (name: keyof typeof told): number | null => {
    const value = told[name];
    if (typeof value === 'number') return value;
    reasons[name] = value.reason;
    return null;
  };
  const figures: ServerFigures = {
    meanRunning: figure('meanRunning'),
    meanWaiting: figure('meanWaiting'),
    meanKvUse: figure('meanKvUse'),
    preemptions: figure('preemptions'),
    cachedTokens: figure('cachedTokens'),
    acceptanceRate: figure('acceptanceRate'),
    coverage: coveredShare(scrapes.map(timeOf), seconds),
  };
  return { figures, reasons };
}

/** Accepted among drafted tokens, of an engine that counts both; else the mean of the share that it tells. */
function acceptance(pointsOf: (quantity: ServerQuantity) => Point[], seconds: number): Told {
  const drafts = pointsOf('draftTokens');
  if (drafts.length === 0) return meanOver(pointsOf('acceptanceRate'), seconds);
  const [drafted, accepted] = [grownOver(drafts, seconds), grownOver(pointsOf('acceptedTokens'), seconds)];
  if (typeof drafted !== 'number') return drafted;
  if (typeof accepted !== 'number') return accepted;
  return drafted > 0 ? accepted / drafted : { reason: 'nothing was drafted in the window' };
}

/**
 * Mean of the line through the points from 0 to `seconds`; beyond the outermost points their values go on. None of fewer than
 * five readings or where they stand for less than 75 % of the window: what was not seen is not what was seen.
 */
function meanOver(points: readonly Point[], seconds: number): Told {
  if (points.length === 0) return { reason: NOT_TOLD };
  const readings = points.filter(({ atS }) => atS > -NEAR_S && atS < seconds + NEAR_S).length;
  const share = coveredShare(
    points.map(({ atS }) => atS),
    seconds,
  );
  if (readings < MIN_READINGS || share < MIN_SCRAPE_COVERAGE) {
    return {
      reason: `${readings} readings over ${percentOf(share)} of the window; a mean takes ${MIN_READINGS} over ${percentOf(MIN_SCRAPE_COVERAGE)}`,
    };
  }
  const inside = points.filter(({ atS }) => atS > 0 && atS < seconds);
  const line = [
    { atS: 0, value: valueAt(points, 0) },
    ...inside,
    { atS: seconds, value: valueAt(points, seconds) },
  ];
  let area = 0;
  for (const [index, { atS, value }] of line.slice(1).entries()) {
    const before = line[index] ?? { atS, value };
    area += ((atS - before.atS) * (value + before.value)) / 2;
  }
  return area / seconds;
}

/**
 * How much a quantity that only grows has grown. It takes a reading within a period of each edge of the window and no more, as
 * what happened between them is in the later one; none where it became less, as after a restart.
 */
function grownOver(points: readonly Point[], seconds: number): Told {
  if (points.length === 0) return { reason: NOT_TOLD };
  const isToldAt = (edgeS: number) => points.some(({ atS }) => Math.abs(atS - edgeS) <= PERIOD_S);
  if (points.length < 2 || !isToldAt(0) || !isToldAt(seconds))
    return { reason: 'not told close to both edges of the window' };
  const last = points.findIndex(({ atS }) => atS >= seconds);
  const around = points.slice(
    Math.max(
      0,
      points.findLastIndex(({ atS }) => atS <= 0),
    ),
    last === -1 ? points.length : last + 1,
  );
  if (around.some(({ value }, index) => value < (around[index - 1]?.value ?? value)))
    return { reason: 'the count began anew inside the window' };
  return valueAt(points, seconds) - valueAt(points, 0);
}

function valueAt(points: readonly Point[], atS: number): number {
  const before = points.findLast((point) => point.atS <= atS);
  const after = points.find((point) => point.atS > atS);
  if (!before || !after) return (before ?? after)?.value ?? 0;
  return before.value + ((atS - before.atS) / (after.atS - before.atS)) * (after.value - before.value);
}

/** Share of 0 to `seconds` that lies close to one of the ascending times. */
function coveredShare(times: readonly number[], seconds: number): number {
  let sum = 0;
  let until = 0;
  for (const atS of times) {
    const [from, to] = [Math.max(until, atS - NEAR_S), Math.min(seconds, atS + NEAR_S)];
    if (to <= from) continue;
    sum += to - from;
    until = to;
  }
  return sum / seconds;
}

const percentOf = (share: number): string => `${Math.round(share * 100)} %`;
