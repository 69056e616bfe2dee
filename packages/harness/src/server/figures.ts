/** What a server told of itself inside the window: means weighted by time, and differences of what only grows. */
import type { ServerFigures, ServerQuantity } from '@llem/core';
import { durationS, type Interval } from '../energy/series.js';
import { SCRAPE_PERIOD_MS, type Scrape } from './scrape.js';

/** A moment is covered that lies no further than this from a scrape: one that is missing leaves no hole. */
const NEAR_S = SCRAPE_PERIOD_MS / 1_000;

interface Point {
  /** Since the start of the window. */
  readonly atS: number;
  readonly value: number;
}

/** Null when nothing was told. */
export function serverFigures(scrapes: readonly Scrape[], window: Interval): ServerFigures | null {
  const seconds = durationS(window);
  if (scrapes.length === 0 || !(seconds > 0)) return null;
  const timeOf = ({ atNs }: Scrape) => Number(atNs - window.startNs) / 1e9;
  const pointsOf = (quantity: ServerQuantity): Point[] =>
    scrapes.flatMap((scrape) => {
      const value = scrape.values[quantity];
      return value === undefined ? [] : [{ atS: timeOf(scrape), value }];
    });
  const mean = (quantity: ServerQuantity) => meanOver(pointsOf(quantity), seconds);
  const grown = (quantity: ServerQuantity) => grownOver(pointsOf(quantity), seconds);
  return {
    meanRunning: mean('running'),
    meanWaiting: mean('waiting'),
    meanKvUse: mean('kvUse'),
    preemptions: grown('preemptions'),
    cachedTokens: grown('cachedTokens'),
    coverage: covered(scrapes.map(timeOf), seconds) / seconds,
  };
}

/** Mean of the line through the points from 0 to `seconds`; beyond the outermost points their values go on. */
function meanOver(points: readonly Point[], seconds: number): number | null {
  if (!isNear(points, seconds)) return null;
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

/** How much a quantity that only grows has grown; null when it has not, as after a restart, or cannot be told. */
function grownOver(points: readonly Point[], seconds: number): number | null {
  if (points.length < 2 || !isNear(points, seconds)) return null;
  if (points.some(({ value }, index) => value < (points[index - 1]?.value ?? value))) return null;
  return valueAt(points, seconds) - valueAt(points, 0);
}

/** True when a point lies inside, or close enough to stand for it. */
const isNear = (points: readonly Point[], seconds: number): boolean =>
  points.some(({ atS }) => atS > -NEAR_S && atS < seconds + NEAR_S);

function valueAt(points: readonly Point[], atS: number): number {
  const before = points.findLast((point) => point.atS <= atS);
  const after = points.find((point) => point.atS > atS);
  if (!before || !after) return (before ?? after)?.value ?? 0;
  return before.value + ((atS - before.atS) / (after.atS - before.atS)) * (after.value - before.value);
}

/** Seconds of 0 to `seconds` that lie close to one of the ascending times. */
function covered(times: readonly number[], seconds: number): number {
  let sum = 0;
  let until = 0;
  for (const atS of times) {
    const [from, to] = [Math.max(until, atS - NEAR_S), Math.min(seconds, atS + NEAR_S)];
    if (to <= from) continue;
    sum += to - from;
    until = to;
  }
  return sum;
}
