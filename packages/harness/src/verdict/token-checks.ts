/** Checks of what was answered: every request, every token, none of them from a cache that nobody asked for. */
import { meansCacheHits, type Measurement } from '@llem/core';
import { runsOut } from '../run/dataset.js';
import { percent, result, type Judge } from './result.js';

const MAX_COUNT_MISMATCH = 0.01;
const MAX_TRUNCATED_SHARE = 0.3;
const MAX_CACHED_SHARE = 0.01;

export const requests: Judge = ({ measurement }) => {
  const { failed, cancelled, errors } = measurement.requests;
  const classes = Object.entries(errors).map(([name, count]) => `${name}: ${count}`);
  const seen = { value: failed + cancelled, limit: 0 };
  if (failed > 0) {
    return result('requests', 'invalid', false, {
      ...seen,
      message: `${failed} requests failed (${classes.join(', ')}). Read requests.parquet (error_message) and engine.log.`,
    });
  }
  return result('requests', 'invalid', cancelled === 0, {
    ...seen,
    message:
      cancelled === 0
        ? 'No request failed.'
        : `${cancelled} requests had not ended long after the window and were cut off, so latencies lack the longest. Lower the load.`,
  });
};

export const tokens: Judge = ({ measurement, workload }) => {
  const { wrongLength, mismatch, truncated, counter } = measurement.tokens;
  if (wrongLength > 0) {
    return result('tokens', 'invalid', false, {
      value: wrongLength,
      limit: 0,
      message: `${wrongLength} completed requests did not have the output length asked for. Check that the engine honours ignore_eos.`,
    });
  }
  if (mismatch !== null && Math.abs(mismatch) > MAX_COUNT_MISMATCH) {
    return result('tokens', 'invalid', false, {
      value: mismatch,
      limit: MAX_COUNT_MISMATCH,
      message: contradiction(measurement.tokens, mismatch),
    });
  }
  if (counter && Math.abs(counter.mismatch) > MAX_COUNT_MISMATCH) {
    const { server, client, durationS } = counter;
    const counted = `In ${durationS.toFixed(0)} s the engine's own counter grew by ${server} tokens, and ${client} arrived.`;
    return result('tokens', 'invalid', false, {
      value: counter.mismatch,
      limit: MAX_COUNT_MISMATCH,
      message:
        client < server
          ? `${counted} Keep others from using the engine meanwhile; where nobody does, it makes tokens that it does not send.`
          : `${counted} Use a release of the engine that counts what it sends; until then nobody knows which count is right.`,
    });
  }
  const { completed } = measurement.requests;
  const share = completed > 0 ? truncated / completed : 0;
  if (share > MAX_TRUNCATED_SHARE) {
    return result('tokens', 'warning', false, {
      value: share,
      limit: MAX_TRUNCATED_SHARE,
      message: `${percent(share)} of the answers were cut off at workload.output_tokens before they ended by themselves. Raise workload.output_tokens.`,
    });
  }
  const unknown = nothingCompared(measurement, workload.ignore_eos);
  if (unknown !== null) {
    return result('tokens', 'warning', false, { value: null, limit: MAX_COUNT_MISMATCH, message: unknown });
  }
  return result('tokens', 'invalid', true, {
    value: mismatch ?? counter?.mismatch ?? null,
    limit: MAX_COUNT_MISMATCH,
    message: agreement(measurement.tokens, workload.ignore_eos),
  });
};

type Counts = Measurement['tokens'];

/** Which of two counts is wrong, as far as a third one tells. */
function contradiction({ wrongUsage, wrongEvents }: Counts, mismatch: number): string {
  const differ = `the usage that the engine tells and the events that came differ by ${percent(Math.abs(mismatch))}`;
  if (wrongUsage > wrongEvents) {
    return `The engine's usage is wrong: ${differ}, and the usage of ${wrongUsage} answers cannot be right. Use another release of the engine, and report it to its makers.`;
  }
  if (wrongEvents > wrongUsage) {
    return `Not every token came in an event of its own: ${differ}, and ${wrongEvents} answers are as long as asked by usage alone. Report it to the author of the backend's plugin, whose dialect promises that they do.`;
  }
  return `One of two counts of tokens is wrong: ${differ}. Set workload.ignore_eos to true, and the length asked for will tell which.`;
}

/** Why no count of tokens could be held against another; null when one could. */
function nothingCompared(
  { tokens: { counter, mismatch, uncounted }, requests: { completed } }: Measurement,
  fixedLength: boolean,
): string | null {
  if (counter !== null) return null;
  if (completed === 0)
    return 'No request was sent and completed inside the window, so that no count of tokens could be compared. Lengthen the window (measure.min_seconds).';
  if (uncounted > 0) {
    return `The engine does not tell how many tokens ${uncounted} answers had, and an event may bear several: events were counted for tokens, and nothing compared. Have it tell usage or its metrics.`;
  }
  if (mismatch !== null || fixedLength) return null;
  return 'Only the usage that the engine tells says how many tokens there were, and nothing could be held against it. Switch its metrics on, or set workload.ignore_eos to true.';
}

function agreement({ mismatch, counter }: Counts, fixedLength: boolean): string {
  const told = [
    ...(fixedLength ? ['Every completed request has the output that was asked for.'] : []),
    ...(mismatch === null ? [] : [`Usage and events agree within ${percent(Math.abs(mismatch))}.`]),
    ...(counter === null ? [] : ["The engine's own counter agrees with what arrived."]),
  ];
  return told.join(' ');
}

export const cache: Judge = ({ measurement, workload, dataset, attached }) => {
  const { input, inputCached } = measurement.tokens;
  const isMeant = meansCacheHits(workload, { sharedPrefix: dataset?.sharedPrefix ?? false });
  const share = inputCached !== null && input > 0 ? inputCached / input : 0;
  if (!isMeant && share > MAX_CACHED_SHARE) {
    return result('cache', 'invalid', false, {
      value: share,
      limit: MAX_CACHED_SHARE,
      message: `${percent(share)} of the input came from the prefix cache. Switch prefix caching off, or ask for hits with workload.shared_prefix_tokens.`,
    });
  }
  // Hits that nobody meant are counted above, where the engine tells them.
  const isHidden = isMeant || inputCached === null;
  if (isHidden && dataset?.repeats === true && measurement.window.cacheReset !== 'done') {
    return result('cache', 'warning', false, {
      value: measurement.window.cacheReset,
      limit: 'done',
      message:
        'The data set repeats its prompts, and the cache was not emptied before the window. Use a data set with more prompts, or switch prefix caching off.',
    });
  }
  if (
    isHidden &&
    attached !== null &&
    dataset &&
    runsOut(dataset) &&
    measurement.window.cacheReset !== 'done'
  ) {
    return result('cache', 'warning', false, {
      value: measurement.window.cacheReset,
      limit: 'done',
      message:
        'The server may have had these prompts in its cache since an earlier run: the data set has no others, and the cache was not emptied before the window. Use a data set that is made (synthetic), or start the server so that its cache can be emptied, or without one.',
    });
  }
  if (inputCached === null) {
    return result('cache', 'warning', false, {
      value: null,
      limit: MAX_CACHED_SHARE,
      message: isMeant
        ? 'Prompts are meant to hit the prefix cache, and the engine does not say how many input tokens came from it. Use a release of it that does, or compare its latencies with the cache switched off.'
        : 'The engine does not say how many input tokens came from its cache. Switch prefix caching off to be sure of none.',
    });
  }
  if (isMeant && share <= MAX_CACHED_SHARE) {
    return result('cache', 'warning', false, {
      value: share,
      limit: MAX_CACHED_SHARE,
      message: `Prompts are meant to hit the prefix cache, and only ${percent(share)} of the input came from it. Switch prefix caching on, give it more room, or use workload.turns: 1 and no shared prefix.`,
    });
  }
  return result('cache', 'invalid', true, {
    value: share,
    limit: MAX_CACHED_SHARE,
    message: isMeant
      ? `${percent(share)} of the input came from the prefix cache, as it was meant to.`
      : 'Prompts did not hit the prefix cache.',
  });
};
