/** How a counter moves, found out by watching it for a moment. Idle devices step as well: their energy grows too. */
import type { Step } from './rates.js';

/** So many steps tell their width. */
const ENOUGH_STEPS = 8;
/** So many readings of which nearly every one brings a new value tell that there are no steps that polling could see. */
const ENOUGH_READINGS = 20;
const SMOOTH_SHARE = 0.9;
/** Fewer changes than this, two widths, tell nothing. */
const FEWEST_CHANGES = 3;

export interface StepWatch {
  /** A reading. Allocates nothing. */
  observe(value: number, atNs: number): void;
  /** True when more watching would not tell more. */
  settled(): boolean;
  step(): Step;
}

export function watchSteps(): StepWatch {
  const widthsNs = new Float64Array(ENOUGH_STEPS);
  let [readings, changes, widths] = [0, 0, 0];
  let [last, beforeNs, changedNs] = [Number.NaN, 0, Number.NaN];
  const isSmooth = () => changes >= SMOOTH_SHARE * (readings - 1);
  return {
    observe(value, atNs) {
      if (readings > 0 && value !== last) {
        changes += 1;
        // It came about between two readings, on average in their middle.
        const nowNs = (beforeNs + atNs) / 2;
        if (changedNs === changedNs && widths < ENOUGH_STEPS) {
          widthsNs[widths] = nowNs - changedNs;
          widths += 1;
        }
        changedNs = nowNs;
      }
      readings += 1;
      last = value;
      beforeNs = atNs;
    },
    settled: () => readings > ENOUGH_READINGS && (isSmooth() || widths === ENOUGH_STEPS),
    step() {
      if (changes < FEWEST_CHANGES) return 'still';
      return isSmooth() ? 'smooth' : medianOf(widthsNs.subarray(0, widths)) / 1e6;
    },
  };
}

/** The median: a step that goes missing makes one width twice as long and no more. */
function medianOf(values: Float64Array): number {
  const sorted = values.toSorted();
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2;
}
