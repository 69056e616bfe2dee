/** Checks of what was answered: every request, every token, none of them from a cache that nobody asked for. */
import { meansCacheHits } from '@llem/core';
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

export const tokens: Judge = ({ measurement }) => {
  const { wrongLength, mismatch, truncated } = measurement.tokens;
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
      message: `The engine's count of tokens and ours differ by ${percent(mismatch)}. Read the engine's log and report it.`,
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
  return result('tokens', 'invalid', true, {
    value: mismatch,
    limit: MAX_COUNT_MISMATCH,
    message: 'Every completed request has the output that was asked for.',
  });
};

export const cache: Judge = ({ measurement, workload, dataset }) => {
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
  if (dataset?.repeats === true && measurement.window.cacheReset !== 'done') {
    return result('cache', 'warning', false, {
      value: measurement.window.cacheReset,
      limit: 'done',
      message:
        'The data set repeats its prompts, and the cache was not emptied before the window. Use a data set with more prompts, or switch prefix caching off.',
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
