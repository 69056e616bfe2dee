import { expect, test } from 'vitest';
import { ok, runCheck, type Check } from './check.js';

/** Longer than any test waits. */
const LONG_MS = 600_000;

const check = (run: Check['run']): Check => ({ id: 'a.b', title: 'A', run });
const hanging = check(() => new Promise(() => undefined));

test('a check finds what it finds', async () => {
  expect(
    await runCheck(
      check(() => Promise.resolve(ok('fine'))),
      LONG_MS,
    ),
  ).toEqual(ok('fine'));
});

test.each([
  ['rejects', check(() => Promise.reject(new Error('no')))],
  [
    'throws at once',
    check(() => {
      throw new Error('no');
    }),
  ],
])('a check that %s has failed', async (_how, broken) => {
  expect(await runCheck(broken, LONG_MS)).toMatchObject({
    status: 'failed',
    message: 'The check itself failed: no',
  });
});

test('a check that hangs has failed when its time is over, and is told', async () => {
  let told = false;
  const listening = check((signal) => {
    signal.addEventListener('abort', () => (told = true));
    return new Promise(() => undefined);
  });
  expect(await runCheck(listening, 10)).toMatchObject({
    status: 'failed',
    message: 'The check did not end in 0.01 s.',
  });
  expect(told).toBe(true);
});

test.each([
  ['while it runs', false],
  ['before it runs', true],
])('an interruption %s ends the wait', async (_when, before) => {
  const interruption = new AbortController();
  if (before) interruption.abort();
  const found = runCheck(hanging, LONG_MS, interruption.signal);
  interruption.abort();
  expect(await found).toMatchObject({ status: 'failed', message: 'The check was interrupted.' });
});
