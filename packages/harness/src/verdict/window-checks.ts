/** Checks of the window and its load: long enough, steady, nothing failed, every token there. */
import { MIN_PUBLISHABLE_WINDOW_S } from '@llem/core';
import { neededCompletions } from '../window/completions.js';
import { changeEndToEnd } from '../window/warmup.js';
import { percent, result, type Judge } from './result.js';

const MAX_CHANGE_OVER_WINDOW = 0.05;
const MIN_RUNNING_SHARE = 0.8;
const MAX_COUNT_MISMATCH = 0.01;
const MAX_CACHED_SHARE = 0.01;
const MAX_LOAD_THREAD = 0.9;
const MAX_HARNESS_SHARE = 0.05;

export const windowLength: Judge = ({ measurement, workload }) => {
  const { durationS } = measurement.window;
  const { completedInside } = measurement.requests;
  const needed = neededCompletions(workload.concurrency);
  if (durationS < MIN_PUBLISHABLE_WINDOW_S) {
    return result('window-length', 'invalid', false, {
      value: durationS,
      limit: MIN_PUBLISHABLE_WINDOW_S,
      message: `The window lasted ${durationS.toFixed(1)} s; below ${MIN_PUBLISHABLE_WINDOW_S} s a figure is a demonstration. Set measure.min_seconds to ${MIN_PUBLISHABLE_WINDOW_S} or more.`,
    });
  }
  return result('window-length', 'invalid', completedInside >= needed, {
    value: completedInside,
    limit: needed,
    message:
      completedInside >= needed
        ? `The window lasted ${durationS.toFixed(1)} s and held ${completedInside} completed requests.`
        : `Only ${completedInside} requests completed inside the window, ${needed} are needed. Set measure.min_seconds higher.`,
  });
};

export const steady: Judge = ({ measurement, workload }) => {
  const parts = measurement.throughput.outputTokensPerSByPart;
  const { meanInFlight } = measurement.throughput;
  if (meanInFlight < MIN_RUNNING_SHARE * workload.concurrency) {
    return result('steady', 'invalid', false, {
      value: meanInFlight,
      limit: MIN_RUNNING_SHARE * workload.concurrency,
      message: `On average ${meanInFlight.toFixed(1)} of ${workload.concurrency} requests were in flight. Look for failed requests and pauses in requests.parquet.`,
    });
  }
  const mean = parts.reduce((sum, value) => sum + value, 0) / parts.length;
  const change = mean > 0 ? changeEndToEnd(parts) / mean : 0;
  const ok = Math.abs(change) <= MAX_CHANGE_OVER_WINDOW || !isTrend(parts);
  return result('steady', 'invalid', ok, {
    value: change,
    limit: MAX_CHANGE_OVER_WINDOW,
    message: ok
      ? `Throughput changed by ${percent(change)} over the window.`
      : `Throughput changed by ${percent(change)} over the window. Give the warm-up more time (measure.warmup.max_s) and keep the machine free of other work.`,
  });
};

/** Student's t for 95 % two-sided and 8 degrees of freedom: ten parts and two fitted parameters. */
const T_95_DF_8 = 2.306;

/** True when the slope of the fitted line differs from 0 with 95 % confidence. */
export function isTrend(parts: readonly number[]): boolean {
  const n = parts.length;
  if (n < 3) return false;
  const mean = parts.reduce((sum, value) => sum + value, 0) / n;
  const slope = changeEndToEnd(parts) / (n - 1);
  const middle = (n - 1) / 2;
  let residual = 0;
  let spread = 0;
  for (const [index, value] of parts.entries()) {
    residual += (value - mean - slope * (index - middle)) ** 2;
    spread += (index - middle) ** 2;
  }
  const standardError = Math.sqrt(residual / (n - 2) / spread);
  return Math.abs(slope) > T_95_DF_8 * standardError;
}

export const requests: Judge = ({ measurement }) => {
  const { failed, errors } = measurement.requests;
  const classes = Object.entries(errors).map(([name, count]) => `${name}: ${count}`);
  return result('requests', 'invalid', failed === 0, {
    value: failed,
    limit: 0,
    message:
      failed === 0
        ? 'No request failed.'
        : `${failed} requests failed (${classes.join(', ')}). Read requests.parquet (error_message) and engine.log.`,
  });
};

export const tokens: Judge = ({ measurement }) => {
  const { wrongLength, mismatch } = measurement.tokens;
  if (wrongLength > 0) {
    return result('tokens', 'invalid', false, {
      value: wrongLength,
      limit: 0,
      message: `${wrongLength} completed requests did not have the output length asked for. Check that the engine honours ignore_eos.`,
    });
  }
  const ok = mismatch === null || Math.abs(mismatch) <= MAX_COUNT_MISMATCH;
  return result('tokens', 'invalid', ok, {
    value: mismatch,
    limit: MAX_COUNT_MISMATCH,
    message: ok
      ? 'Every completed request has the output length asked for.'
      : `The engine's count of tokens and ours differ by ${percent(mismatch)}. Read the engine's log and report it.`,
  });
};

export const cache: Judge = ({ measurement }) => {
  const { input, inputCached } = measurement.tokens;
  if (inputCached === null) {
    return result('cache', 'warning', false, {
      value: null,
      limit: MAX_CACHED_SHARE,
      message:
        'The engine does not say how many input tokens came from its cache. All prompts differ, so few can have.',
    });
  }
  const share = input > 0 ? inputCached / input : 0;
  const ok = share <= MAX_CACHED_SHARE;
  return result('cache', 'invalid', ok, {
    value: share,
    limit: MAX_CACHED_SHARE,
    message: ok
      ? 'Prompts did not hit the prefix cache.'
      : `${percent(share)} of the input came from the prefix cache. Switch prefix caching off.`,
  });
};

export const loadGenerator: Judge = ({ measurement, logicalCpus }) => {
  const { loadThreadUtilization, cpuS } = measurement.harness;
  if (loadThreadUtilization !== null && loadThreadUtilization > MAX_LOAD_THREAD) {
    return result('load-generator', 'invalid', false, {
      value: loadThreadUtilization,
      limit: MAX_LOAD_THREAD,
      message: `The load thread was busy ${percent(loadThreadUtilization)} of the window and may have been the limit. Lower the load.`,
    });
  }
  const share = cpuS / measurement.window.durationS / logicalCpus;
  const ok = share <= MAX_HARNESS_SHARE;
  return result('load-generator', 'warning', ok, {
    value: share,
    limit: MAX_HARNESS_SHARE,
    message: ok
      ? `llem itself took ${percent(share)} of the processors.`
      : `llem itself took ${percent(share)} of the processors, which the processor's energy contains. Use a machine with more cores for figures of the processor.`,
  });
};
