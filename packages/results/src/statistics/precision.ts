/** The rule by which a study with `execution.precision` knows, after each whole cycle, whether it has enough of them. */
import { ADAPTIVE_CYCLES } from '@llem/core';
import { describeRepeats, type Repeats } from './repeats.js';

/**
 * Looks in a row at which every interval has to be narrow enough. An interval that is looked at again and again is now
 * and then narrow by chance: stopping at the first such look covers less (docs/method.md has the simulation).
 */
const LOOKS_IN_A_ROW = 2;

export interface PrecisionRule {
  /** Largest half-width of the 95 % interval, as a share of the centre. */
  readonly precision: number;
  /** Cycles that there are in any case. */
  readonly least: number;
  /** Cycles beyond which none is added. */
  readonly most: number;
}

/** The figures of one experiment by cycle, the first cycle first; null where its run gave none. */
export type FiguresByCycle = readonly (number | null)[];

/** precise: every interval is narrow enough; most: not so, but no cycle may be added; more: a cycle is to be added. */
export type PrecisionDecision = 'precise' | 'most' | 'more';

/**
 * After `done` whole cycles. An experiment whose run of a cycle gave no figure is not waited for after that cycle, or one that
 * fails always would keep the study running to its limit. The same figures give the same answer, whenever it is asked.
 */
export function decidePrecision(
  experiments: readonly FiguresByCycle[],
  { precision, least, most }: PrecisionRule,
  done: number,
): PrecisionDecision {
  if (done < least) return 'more';
  const looks = Array.from({ length: LOOKS_IN_A_ROW }, (_, back) => done - back);
  const passed = looks.every(
    (cycle) =>
      cycle >= ADAPTIVE_CYCLES && experiments.every((figures) => isNarrow(figures, cycle, precision)),
  );
  if (passed) return 'precise';
  return done >= most ? 'most' : 'more';
}

function isNarrow(figures: FiguresByCycle, cycle: number, precision: number): boolean {
  if ((figures[cycle - 1] ?? null) === null) return true;
  const soFar = figures.slice(0, cycle).flatMap((figure) => figure ?? []);
  const width = relativeHalfWidth(describeRepeats(soFar, true));
  return width !== null && width <= precision;
}

/** Half of the interval's width as a share of the centre; null where there is no interval, or the centre is zero. */
export function relativeHalfWidth({ centre, interval }: Pick<Repeats, 'centre' | 'interval'>): number | null {
  if (centre === null || centre === 0 || interval === null) return null;
  const width = (interval.high - interval.low) / 2 / Math.abs(centre);
  return Number.isFinite(width) ? width : null;
}
