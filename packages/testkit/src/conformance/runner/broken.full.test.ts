/**
 * Each rule of runners stands for itself: what breaks it breaks no other one of its subject (`runner.stop`, `runner.log`). Those of other
 * subjects are not asked: every rule starts services, and all of them for every broken runner took six minutes.
 */
import { describe, expect, it } from 'vitest';
import { failuresOf } from '../suite.js';
import { placeOf, runnerThatBreaks } from './broken.fixture.js';
import { RUNNER_RULES } from './rules.js';

/** `runner.stop` of `runner.stop.grace`. */
const subjectOf = (id: string) => id.split('.').slice(0, 2).join('.');

describe.runIf(process.platform === 'linux')('a runner', { concurrent: true }, () => {
  it.each(RUNNER_RULES.map(({ id }) => id))(
    'that breaks %s breaks no other rule of its subject',
    async (id) => {
      const related = RUNNER_RULES.filter((rule) => subjectOf(rule.id) === subjectOf(id));
      const failures = await failuresOf(related, await runnerThatBreaks(id, placeOf(id)));
      expect(failures.map((failure) => failure.id)).toEqual([id]);
    },
  );
});
