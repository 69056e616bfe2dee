/** Whether a few equal parts of a stretch of time show a trend. */

export interface Trend {
  /** From the first to the last value along the fitted line, in the unit of the values. */
  readonly change: number;
  /** True when the interval of the line's slope excludes 0. */
  readonly certain: boolean;
}

/** Student's t, two-sided, by degrees of freedom from 1 on. */
const STUDENT_T = {
  95: [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228],
  99: [63.657, 9.925, 5.841, 4.604, 4.032, 3.707, 3.499, 3.355, 3.25, 3.169],
} as const;

/** What is left of a series below this part of itself is rounding. */
const ROUNDING = 1e-9;

/**
 * The least-squares line through equally spaced values. `explainedBy` holds series of the same length that the values follow
 * and that have trends of their own by chance, such as the load that random arrivals bring: they are fitted beside the line,
 * which then tells the change at equal load (partial regression: R. Frisch, F. V. Waugh, Econometrica 1 (1933) 387-401). Each
 * takes a degree of freedom. Never certain where there are too few values, or where those series are a line themselves.
 */
export function trendOf(
  values: readonly number[],
  explainedBy: readonly (readonly number[])[] = [],
  confidence: keyof typeof STUDENT_T = 99,
): Trend {
  const n = values.length;
  const fitted: number[][] = [];
  for (const series of explainedBy) {
    const own = without(series, fitted);
    if (dot(own, own) > ROUNDING * dot(series, series)) fitted.push(own);
  }
  const places = values.map((_, place) => place);
  const time = without(places, fitted);
  const left = without(values, fitted);
  const spread = dot(time, time);
  if (n < 2 || spread <= ROUNDING * dot(places, places)) return { change: 0, certain: false };
  const slope = dot(time, left) / spread;
  const residual = left.reduce((sum, value, place) => sum + (value - slope * (time[place] ?? 0)) ** 2, 0);
  const freedom = n - 2 - fitted.length;
  const t = STUDENT_T[confidence][freedom - 1] ?? Infinity;
  return { change: slope * (n - 1), certain: Math.abs(slope) > t * Math.sqrt(residual / freedom / spread) };
}

/** What is left of a series without its mean and without what it has of others, which are free of theirs and of each other. */
function without(series: readonly number[], others: readonly (readonly number[])[]): number[] {
  const mean = series.reduce((sum, value) => sum + value, 0) / series.length;
  let left = series.map((value) => value - mean);
  for (const other of others) {
    const share = dot(left, other) / dot(other, other);
    left = left.map((value, place) => value - share * (other[place] ?? 0));
  }
  return left;
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, place) => sum + value * (b[place] ?? 0), 0);
}
