/** The rules of runners catch what breaks them. */
import { describe, expect, it } from 'vitest';
import { failuresOf } from '../suite.js';
import { placeOf, runnerThatBreaks } from './broken.fixture.js';
import { RUNNER_RULES } from './rules.js';

// Some wait for what is never to come.
const TIMEOUT_MS = 120_000;

describe.runIf(process.platform === 'linux')(
  'rules of runners',
  { concurrent: true, timeout: TIMEOUT_MS },
  () => {
    it.each(['process', 'elsewhere'] as const)('are kept by a runner with the place %s', async (place) => {
      expect(await failuresOf(RUNNER_RULES, await runnerThatBreaks('', place))).toEqual([]);
    });

    it.each(RUNNER_RULES.map((rule) => [rule.id, rule] as const))(
      'catch what breaks %s',
      async (id, rule) => {
        const failures = await failuresOf([rule], await runnerThatBreaks(id, placeOf(id)));
        expect(failures.map((failure) => failure.id)).toEqual([id]);
      },
    );
  },
);
