/** Checks of the load: that it was within the engine's and the client's means. */
import { figure } from '@llem/core';
import { MIN_SCRAPE_COVERAGE } from '../server/figures.js';
import { percent, result, type Judge } from './result.js';

const MAX_LOAD_THREAD = 0.9;
const MAX_HARNESS_SHARE = 0.05;
/** How late requests may be sent at p99, ms. */
const MAX_LATE_MS = 10;
const LATE_MS = 1;

const perS = (rate: number) => `${figure(rate)} requests/s`;

/** An open loop alone can be overloaded. */
export const overloaded: Judge = ({ overload, measurement, search }) => {
  if (!overload) return null;
  const { offeredPerS, requestsPerS } = measurement.throughput;
  return result('overloaded', 'invalid', !overload.overloaded, {
    value: overload.growth.share,
    limit: 0,
    message: overload.overloaded
      ? `The engine was offered ${perS(offeredPerS)} and answered ${perS(requestsPerS)}; the backlog grew by ${overload.growth.requests} requests, so there is no steady figure. ${remedyOf(measurement.load.ratePerS, requestsPerS, search !== null)}`
      : `The backlog did not grow at ${perS(offeredPerS)}.`,
  });
};

function remedyOf(ratePerS: number | null, servedPerS: number, searched: boolean): string {
  if (searched)
    return 'Raise workload.search.probe_s: the load that the search found holds for so short a time only.';
  return ratePerS === null
    ? 'Lower workload.arrival.speed.'
    : `Lower workload.arrival.rate below ${figure(servedPerS)}, or search for it (workload.search).`;
}

export const loadGenerator: Judge = ({ measurement, logicalCpus, sentLateP99Ms }) => {
  const { loadThreadUtilization, cpuS } = measurement.harness;
  if (loadThreadUtilization !== null && loadThreadUtilization > MAX_LOAD_THREAD) {
    return result('load-generator', 'invalid', false, {
      value: loadThreadUtilization,
      limit: MAX_LOAD_THREAD,
      message: `A load thread was busy ${percent(loadThreadUtilization)} of the window and may have been the limit. Lower the load, or raise execution.load_threads.`,
    });
  }
  if (sentLateP99Ms !== null && sentLateP99Ms > LATE_MS) {
    const limit = sentLateP99Ms > MAX_LATE_MS ? MAX_LATE_MS : LATE_MS;
    return result('load-generator', limit === MAX_LATE_MS ? 'invalid' : 'warning', false, {
      value: sentLateP99Ms,
      limit,
      message: `One request in a hundred was sent ${sentLateP99Ms.toFixed(1)} ms late or more, for want of time or of a prompt in the client. Keep the machine free of other work, raise execution.load_threads, or use a data set that is read faster.`,
    });
  }
  const share = cpuS / measurement.window.durationS / logicalCpus;
  const ok = share <= MAX_HARNESS_SHARE;
  return result('load-generator', 'warning', ok, {
    value: share,
    limit: MAX_HARNESS_SHARE,
    message: ok
      ? `Requests were sent on time; llem itself took ${percent(share)} of the processors.`
      : `llem itself took ${percent(share)} of the processors, which the processor's energy contains. Use a machine with more cores for figures of the processor.`,
  });
};

export const scrape: Judge = ({ measurement, tellsMetrics }) => {
  if (!tellsMetrics) return null;
  const coverage = measurement.server?.coverage ?? 0;
  const ok = coverage >= MIN_SCRAPE_COVERAGE;
  return result('scrape', 'warning', ok, {
    value: coverage,
    limit: MIN_SCRAPE_COVERAGE,
    message: ok
      ? `The engine told of itself over ${percent(coverage)} of the window.`
      : `The engine told of itself over ${percent(coverage)} of the window only, too little for means. Switch its metrics on, and see in engine.log why it did not answer.`,
  });
};
