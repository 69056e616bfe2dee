/** Each rule of runners stands for itself: what breaks it breaks no other one. */
import { describe, expect, it } from 'vitest';
import { failuresOf } from '../suite.js';
import { placeOf, runnerThatBreaks } from './broken.fixture.js';
import { RUNNER_RULES } from './rules.js';

describe.runIf(process.platform === 'linux')('a runner', { concurrent: true }, () => {
  it.each(RUNNER_RULES.map(({ id }) => id))('that breaks %s breaks no other rule', async (id) => {
    const failures = await failuresOf(RUNNER_RULES, await runnerThatBreaks(id, placeOf(id)));
    expect(failures.map((failure) => failure.id)).toEqual([id]);
  });
});
