/** The reader of studies against 100,000 texts. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mutatedStudy, planMutated, withoutPlace } from './fuzz.fixture.js';

test('100,000 texts near to a study are planned or refused with places', { timeout: 1_800_000 }, () => {
  let accepted = 0;
  fc.assert(
    fc.property(mutatedStudy, (text) => {
      const lines = planMutated(text);
      if (lines.length === 0) accepted += 1;
      expect(withoutPlace(lines)).toEqual([]);
    }),
    { numRuns: 100_000, seed: 20_260_111 },
  );
  expect(accepted).toBeGreaterThan(2_000);
});
