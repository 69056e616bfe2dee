/**
 * The reader of studies against many texts: 5,000, or as many as LLEM_MUTATED_STUDIES says. A hundred thousand take three
 * minutes, more than the long suite has for them.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mutatedStudy, planMutated, withoutPlace } from './fuzz.fixture.js';

const TEXTS = Number(process.env['LLEM_MUTATED_STUDIES'] ?? 5_000);

test(`${TEXTS} texts near to a study are planned or refused with places`, { timeout: 1_800_000 }, () => {
  let accepted = 0;
  fc.assert(
    fc.property(mutatedStudy, (text) => {
      const lines = planMutated(text);
      if (lines.length === 0) accepted += 1;
      expect(withoutPlace(lines)).toEqual([]);
    }),
    { numRuns: TEXTS, seed: 20_260_111 },
  );
  expect(accepted).toBeGreaterThan(0.02 * TEXTS);
});
