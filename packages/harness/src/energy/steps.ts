/** The steps of an energy counter: when it took its values, as far as the readings tell. */
import { beforeLookS, withinS, type Readings } from './series.js';

/** Parallel arrays in the order of time. */
export interface Steps {
  /** When the counter took a value: in the middle of the time within which it did. */
  readonly atS: Float64Array;
  /** How long that time is, calls of readings included. */
  readonly widthS: Float64Array;
  readonly joules: Float64Array;
  /** Median time between two steps; null for a counter that is finer than the readings. */
  readonly stepS: number | null;
}

/** Where more readings than this bring a new value, though they are the closest ones, the counter moves as fast as it is read. */
const SMOOTH_SHARE = 0.9;
/** The closest readings: no farther apart than this many times what so many of all at most are. */
const CLOSE = { share: 0.05, times: 1.2 } as const;

/** Calls that merely are slow leave the thread at least so much time between two of them that they never take up this share. */
const INTERRUPTED_SHARE = 0.5;

/**
 * A counter that moves in steps wider than the polling shows the same value several times; the new one came into being between
 * the last reading of the old and the first of the new. Where it is read less often than it steps, the value read is the one of
 * the last step, and that is no older than a step. Of a counter that brings a new value with every reading it is only known that its
 * steps are shorter than the readings are apart.
 */
export function stepsOf(readings: Readings): Steps {
  const { atS, callS, values } = readings;
  const closeS = closestS(atS);
  if (movesWithReadings(atS, values, closeS)) return smoothSteps(readings, closeS);
  const changes = changesOf(values);
  const read = (index: number) => atS[index] ?? Number.NaN;
  const widths = changes.map((index) => read(index) - read(index - 1));
  const middles = changes.map((index, nth) => read(index) - (widths[nth] ?? 0) / 2);
  // Only where an unchanged reading lies between two changes is it certain that no step was passed over.
  const apart = changes.flatMap((index, nth) =>
    nth > 0 && index - (changes[nth - 1] ?? index) > 1 ? [(middles[nth] ?? 0) - (middles[nth - 1] ?? 0)] : [],
  );
  const stepS = apart.sort((a, b) => a - b)[apart.length >> 1] ?? null;
  const isSeen = (width: number) => stepS === null || width <= stepS;
  return {
    atS: Float64Array.from(changes, (index, nth) => {
      const width = widths[nth] ?? 0;
      return read(index) - (isSeen(width) ? width : (stepS ?? 0)) / 2;
    }),
    widthS: Float64Array.from(changes, (index, nth) => {
      const width = widths[nth] ?? 0;
      const [before, own] = [callS[index - 1] ?? 0, callS[index] ?? 0];
      return isSeen(width) ? withinS(width, before, own) : beforeLookS(stepS ?? 0, own);
    }),
    joules: Float64Array.from(changes, (index) => values[index] ?? Number.NaN),
    stepS,
  };
}

/**
 * Every reading is a step. One whose call took up most of the time between its neighbours was interrupted, and tells less of when than
 * they do: it is left out.
 */
function smoothSteps({ atS, callS, values }: Readings, closeS: number): Steps {
  const kept = (_: number, index: number) => {
    const [before, after] = [atS[index - 1], atS[index + 1]];
    if (before === undefined || after === undefined) return true;
    return (callS[index] ?? 0) <= INTERRUPTED_SHARE * (after - before);
  };
  return {
    atS: atS.filter(kept),
    widthS: callS.filter(kept).map((call) => beforeLookS(closeS, call)),
    joules: values.filter(kept),
    stepS: null,
  };
}

function closestS(atS: Float64Array): number {
  const apart = atS.slice(1).map((at, i) => at - (atS[i] ?? 0));
  return CLOSE.times * (apart.sort()[Math.floor(CLOSE.share * apart.length)] ?? 0);
}

function movesWithReadings(atS: Float64Array, values: Float64Array, closeS: number): boolean {
  let [close, changed] = [0, 0];
  for (let i = 1; i < atS.length; i += 1) {
    if ((atS[i] ?? 0) - (atS[i - 1] ?? 0) > closeS) continue;
    close += 1;
    if (values[i] !== values[i - 1]) changed += 1;
  }
  return changed > SMOOTH_SHARE * close;
}

/** Indices of the readings that bring another value than the one before. */
function changesOf(values: Float64Array): number[] {
  const changes: number[] = [];
  for (let i = 1; i < values.length; i += 1) if (values[i] !== values[i - 1]) changes.push(i);
  return changes;
}
