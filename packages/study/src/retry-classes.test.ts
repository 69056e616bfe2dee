import { expect, it } from 'vitest';
import { HEAD, load } from './fixture.js';
import { doubtfulClasses } from './retry-classes.js';

it('names a class that is probably misspelt, with its place, and lets classes of engines be', () => {
  const study = load(
    `${HEAD}execution.retries.classes: [start-exot, port-in-use, engine-exit, out-of-tokens-9]\n`,
  );
  expect(doubtfulClasses(study)).toEqual([
    expect.stringMatching(/:\d+:1: did you mean "start-exit" by "start-exot"\?$/),
  ]);
  expect(doubtfulClasses(load(HEAD))).toEqual([]);
});
