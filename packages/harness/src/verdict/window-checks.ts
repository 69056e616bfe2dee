/** Checks of the window: long enough, and steady. */
import { MIN_PUBLISHABLE_WINDOW_S, type Measurement } from '@llem/core';
import { slotsOf } from '../run/load-level.js';
import { MIN_END_TO_END_TIMES, neededCompletions } from '../window/completions.js';
import { changesOf, MAX_CHANGE_OVER_WINDOW } from '../window/drift.js';
import { percent, result, type Judge } from './result.js';

const MIN_RUNNING_SHARE = 0.8;

export const windowLength: Judge = ({ measurement, workload, conversationP50S }) => {
  const { durationS } = measurement.window;
  const { completedInside, conversationsInside } = measurement.requests;
  const medianS = conversationP50S ?? 0;
  const what = completedInside === conversationsInside ? 'requests' : 'conversations';
  const neededS = Math.max(MIN_PUBLISHABLE_WINDOW_S, MIN_END_TO_END_TIMES * medianS);
  if (durationS < neededS) {
    const why =
      neededS > MIN_PUBLISHABLE_WINDOW_S
        ? `less than ${MIN_END_TO_END_TIMES} times the median time of its ${what}, ${medianS.toFixed(1)} s`
        : `below ${MIN_PUBLISHABLE_WINDOW_S} s a figure is a demonstration`;
    return result('window-length', 'invalid', false, {
      value: durationS,
      limit: neededS,
      message: `The window lasted ${durationS.toFixed(1)} s: ${why}. Set measure.min_seconds to ${Math.ceil(neededS)} or more.`,
    });
  }
  const needed = neededCompletions(slotsOf(workload));
  return result('window-length', 'invalid', conversationsInside >= needed, {
    value: conversationsInside,
    limit: needed,
    message:
      conversationsInside >= needed
        ? `The window lasted ${durationS.toFixed(1)} s and held ${conversationsInside} whole ${what}.`
        : `Only ${conversationsInside} ${what} were completed inside the window, ${needed} are needed. Set measure.min_seconds higher.`,
  });
};

/**
 * What an engine says is running it works at. So it does at what is in flight and not said to wait: some count what runs at
 * moments at which little does (SGLang where it reads prompts, and then only every 40 steps). Where an engine says nothing, those
 * in flight may still wait inside of it.
 */
function runningOf({ server, throughput: { meanInFlight } }: Measurement) {
  const { meanRunning = null, meanWaiting = null } = server ?? {};
  if (meanRunning === null) return { running: meanInFlight, told: 'were in flight' };
  const notWaiting = meanWaiting === null ? 0 : meanInFlight - meanWaiting;
  return { running: Math.max(meanRunning, notWaiting), told: 'ran in the engine' };
}

export const steady: Judge = ({ measurement, workload, powerByPartW }) => {
  const slots = slotsOf(workload);
  const { running, told } = runningOf(measurement);
  if (slots !== null && running < MIN_RUNNING_SHARE * slots) {
    return result('steady', 'invalid', false, {
      value: running,
      limit: MIN_RUNNING_SHARE * slots,
      message: `On average ${running.toFixed(1)} of ${slots} requests ${told}. Lower workload.concurrency to what the engine runs at once, and look for failed requests and pauses in requests.parquet.`,
    });
  }
  const { outputTokensPerSByPart, backlogByPart } = measurement.throughput;
  const open = slots === null;
  const changes = changesOf({
    throughput: outputTokensPerSByPart,
    powerW: powerByPartW,
    backlog: open ? backlogByPart : null,
  });
  const over = open ? 'over the window at equal load' : 'over the window';
  const worst = changes.find(({ drifts }) => drifts);
  if (worst) {
    return result('steady', 'invalid', false, {
      value: worst.change,
      limit: MAX_CHANGE_OVER_WINDOW,
      message: `${worst.what} changed by ${percent(worst.change)} ${over}. Give the warm-up more time (measure.warmup.max_s) and keep the machine free of other work.`,
    });
  }
  return result('steady', 'invalid', true, {
    value: Math.max(...changes.map(({ change }) => Math.abs(change))),
    limit: MAX_CHANGE_OVER_WINDOW,
    message: `${changes.map(({ what, change }) => `${what} changed by ${percent(change)}`).join('; ')} ${over}, no more than is allowed or than chance may do.`,
  });
};
