/** Checks of the data set: that the load is the one that its source stands for. */
import type { DatasetRecords } from '@llem/core';
import { percent, result, type Judge } from './result.js';

/** Of the records of a source: what may be missing before a load is another one than its name says. */
const MAX_MISSING_SHARE = 0.01;

/** What of a source was not used, and what to do about it; null when that is next to nothing. */
export function missingRecords({ read, shortened, leftOut }: DatasetRecords): {
  readonly share: number;
  readonly message: string;
  readonly remedy: string;
} | null {
  const reasons = Object.entries(leftOut);
  const missing = reasons.reduce((sum, [, count]) => sum + count, 0);
  const share = read > 0 ? (missing + shortened) / read : 0;
  if (share <= MAX_MISSING_SHARE) return null;
  const why = [
    ...reasons.map(([reason, count]) => `${reason}: ${count}`),
    ...(shortened > 0 ? [`conversations cut short: ${shortened}`] : []),
  ];
  return {
    share,
    message: `${missing + shortened} of the ${read} records of the data set (${percent(share)}) are left out or cut short (${why.join(', ')}), so that the load is not that of the whole.`,
    remedy:
      'Raise workload.input_tokens and workload.output_tokens to the longest of them, or say so beside the figures.',
  };
}

/** A data set that is made has no records. */
export const dataset: Judge = ({ dataset: facts }) => {
  const records = facts?.records;
  if (!records) return null;
  const missing = missingRecords(records);
  const unmeasured = records.measured ? '' : ' How long texts are was not known.';
  return result('dataset', 'warning', missing === null, {
    value: missing?.share ?? 0,
    limit: MAX_MISSING_SHARE,
    message:
      missing === null
        ? `${records.used} of ${records.read} records of the data set can be used.${unmeasured}`
        : `${missing.message} ${missing.remedy}`,
  });
};
