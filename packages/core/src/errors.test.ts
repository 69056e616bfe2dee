/** Errors: recognised by their shape, whichever copy of this package made them. */
import { expect, test } from 'vitest';
import { z } from 'zod';
import { ERRORS, EXIT, exitCodeOf, isLlemError, llemError } from './errors.js';
import { importSecondCopy } from './second-copy.fixture.js';

const usage = () => llemError('LLEM_E_USAGE', 'The flag is wrong.', { remedy: 'Correct it.' });

test('an error says what happened, what to do, why, and how the command ends', () => {
  const cause = new Error('ENOSPC');
  const error = llemError('LLEM_E_START', 'No answer.', {
    remedy: 'Wait.',
    failureClass: 'start-timeout',
    cause,
  });
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({
    name: 'LlemError',
    code: 'LLEM_E_START',
    message: 'No answer.',
    remedy: 'Wait.',
    failureClass: 'start-timeout',
    exitCode: 1,
  });
  expect(error.cause).toBe(cause);
  expect(String(error)).toBe('LlemError: No answer.');
});

test('an error without a cause has none', () => {
  expect('cause' in usage()).toBe(false);
});

test('every code of the catalogue ends a command with an exit code of the documented ones, never with 0', () => {
  const documented = new Set<number>(Object.values(EXIT));
  for (const exitCode of Object.values(ERRORS)) {
    expect(documented).toContain(exitCode);
    expect(exitCode).toBeGreaterThan(0);
  }
  expect(exitCodeOf(usage())).toBe(2);
});

test('an error of another copy is recognised', async () => {
  const other = await importSecondCopy();
  expect(other.llemError).not.toBe(llemError);
  const error: unknown = other.llemError('LLEM_E_INTERRUPTED', 'Stopped.', { remedy: 'Run it again.' });
  expect(isLlemError(error)).toBe(true);
  expect(exitCodeOf(error)).toBe(130);
  expect(other.isLlemError(usage())).toBe(true);
});

test('an error of a newer copy is recognised with a code that is not known here, and keeps its exit code', async () => {
  const { llemError: newer } = await importSecondCopy(true);
  // The types of the newer copy would allow its code.
  const raise = z
    .custom<(code: string, message: string, details: { remedy: string }) => Error>()
    .parse(newer);
  const error = raise('LLEM_E_QUOTA', 'The quota is used up.', { remedy: 'Ask for more.' });
  if (!isLlemError(error)) throw new Error('not recognised');
  expect(error.remedy).toBe('Ask for more.');
  expect(exitCodeOf(error)).toBe(7);
});

test.each([undefined, 0, -1, 1.5, 256, Number.NaN, '7', null])(
  'an unknown code with exit code %s ends with 1',
  (exitCode) => {
    const error = Object.assign(new Error('x'), { code: 'LLEM_E_LATER', remedy: 'y', exitCode });
    expect(isLlemError(error)).toBe(true);
    expect(exitCodeOf(error)).toBe(1);
  },
);

test('a known code exits as this catalogue says, whatever the error carries', () => {
  expect(exitCodeOf(Object.assign(usage(), { exitCode: 0 }))).toBe(2);
});

test.each([
  ['undefined', undefined],
  ['a string', 'LLEM_E_USAGE'],
  ['a plain object of the same shape', { code: 'LLEM_E_USAGE', message: 'a', remedy: 'b' }],
  ['an error of Node', Object.assign(new Error('a'), { code: 'ENOENT' })],
  ['an error without a remedy', Object.assign(new Error('a'), { code: 'LLEM_E_USAGE' })],
  ['a code that is no string', Object.assign(new Error('a'), { code: 7, remedy: 'b' })],
  [
    'a code named after a property of objects',
    Object.assign(new Error('a'), { code: 'toString', remedy: 'b' }),
  ],
])('%s is no error of ours and ends with 1', (_, value) => {
  expect(isLlemError(value)).toBe(false);
  expect(exitCodeOf(value)).toBe(1);
});
