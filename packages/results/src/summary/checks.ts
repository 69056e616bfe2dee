/** The checks that only repeats can make. All are warnings: they limit what may be claimed, not what was measured. */
import type { CheckResult, Plan } from '@llem/core';
import { halfWidthText } from './adaptive.js';
import type { ExperimentSummary } from './schema.js';

/** With two values t is 12.7: the interval of a mean says next to nothing. */
const MIN_CYCLES = 3;
/** Below five no comparison reaches Holm's level by a permutation test (smallest p 0.25 with 3 blocks, 0.0625 with 5). */
const MIN_CYCLES_FOR_CLAIMS = 5;
/** What repeats on a quiet machine stay under; above it something else than the experiment moves the figures. */
const MAX_CV = 0.05;

/** As much as a GPU may drift inside one window (check `temperature`). */
const MAX_START_SPREAD_C = 10;

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

/** `startC`: temperature of the hottest billed GPU at the start of each completed run's window, where it is known. */
export function repeatChecks(
  completed: number,
  metrics: ExperimentSummary['metrics'],
  startC: readonly number[],
): CheckResult[] {
  return [enough(completed), enoughForClaims(completed), ...spread(metrics), ...startTemperatures(startC)];
}

function enough(completed: number): CheckResult {
  const ok = completed >= MIN_CYCLES;
  const advice = ok ? '' : `; an interval needs ${MIN_CYCLES}. Set execution.cycles to ${MIN_CYCLES} or more`;
  return {
    id: 'repeats',
    ok,
    severity: 'warning',
    value: completed,
    limit: MIN_CYCLES,
    message: `${runs(completed)} completed${advice}.`,
  };
}

function enoughForClaims(completed: number): CheckResult {
  const ok = completed >= MIN_CYCLES_FOR_CLAIMS;
  const advice = ok
    ? ''
    : `; a claim that one is better needs ${MIN_CYCLES_FOR_CLAIMS}. Set execution.cycles to ${MIN_CYCLES_FOR_CLAIMS} or more`;
  return {
    id: 'repeats-claims',
    ok,
    severity: 'warning',
    value: completed,
    limit: MIN_CYCLES_FOR_CLAIMS,
    message: `${runs(completed)} completed${advice}.`,
  };
}

/**
 * Of the two figures that others follow from: energy per output token and output throughput. No check where neither has
 * a spread: what is not known has not passed.
 */
function spread({ joulesPerOutputToken, outputTokensPerS }: ExperimentSummary['metrics']): CheckResult[] {
  const known = [
    { of: 'energy per output token', cv: joulesPerOutputToken.cv },
    { of: 'output throughput', cv: outputTokensPerS.cv },
  ].flatMap(({ of, cv }) => (cv === null ? [] : [{ of, cv }]));
  const [worst] = known.sort((a, b) => b.cv - a.cv);
  if (!worst) return [];
  const ok = worst.cv <= MAX_CV;
  const found = `The runs differ by ${percent(worst.cv)} (CV of ${worst.of})`;
  return [
    {
      id: 'repeats-spread',
      ok,
      severity: 'warning',
      value: worst.cv,
      limit: MAX_CV,
      message: ok
        ? `${found}.`
        : `${found}, more than ${percent(MAX_CV)}. Look for other load on the machine, longer gaps (execution.gaps) or a longer window (measure.min_seconds).`,
    },
  ];
}

/** Windows that begin at different temperatures differ in leakage power, whatever the experiment. */
function startTemperatures(startC: readonly number[]): CheckResult[] {
  if (startC.length < 2) return [];
  const [coldest, hottest] = [Math.min(...startC), Math.max(...startC)];
  const ok = hottest - coldest <= MAX_START_SPREAD_C;
  const found = `The windows began at ${coldest} to ${hottest} °C`;
  return [
    {
      id: 'repeats-temperature',
      ok,
      severity: 'warning',
      value: hottest - coldest,
      limit: MAX_START_SPREAD_C,
      message: ok
        ? `${found}.`
        : `${found}, more than ${MAX_START_SPREAD_C} °C apart. Let the GPUs cool down between runs (execution.gaps.until_c).`,
    },
  ];
}

/** Where the study asked for a precision; no check without an interval, since what is not known has not passed. */
export function precisionCheck(
  { execution: { precision: asked } }: Pick<Plan, 'execution'>,
  reached: ExperimentSummary['precision'],
): CheckResult[] {
  const halfWidth = reached?.halfWidth ?? null;
  if (asked === undefined || halfWidth === null) return [];
  const ok = halfWidth <= asked;
  const found = `The interval of energy per output token is ${halfWidthText(halfWidth)}`;
  return [
    {
      id: 'repeats-precision',
      ok,
      severity: 'warning',
      value: halfWidth,
      limit: asked,
      message: ok
        ? `${found}.`
        : `${found}, more than the ${halfWidthText(asked)} asked for (execution.precision). Look for what makes the runs differ, or add cycles: llem resume with --cycles.`,
    },
  ];
}

const runs = (count: number): string => (count === 1 ? '1 run' : `${count} runs`);
