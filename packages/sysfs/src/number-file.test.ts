/** Files with a number, made in a temporary folder. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nameOf, obstacle, openNumberFile, parseDigits } from './number-file.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'llem-sysfs-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});
const path = () => join(folder, 'power1_average');
const show = (text: string) => writeFileSync(path(), text);

describe('a file with a number', () => {
  it('is read again on the descriptor that it was opened with', () => {
    show('7\n');
    const file = openNumberFile(path());
    expect([file.read(), file.value]).toEqual([0, 7]);
    show('12345678901\n');
    expect([file.read(), file.value]).toEqual([0, 12_345_678_901]);
    file.close();
    file.close();
  });

  it('gives NaN and an error, never 0 or the last value, while it says nothing, and then goes on', () => {
    show('7\n');
    const file = openNumberFile(path());
    file.read();
    show('');
    expect([file.read(), file.value]).toEqual([constants.errno.EIO, Number.NaN]);
    show('8\n');
    expect([file.read(), file.value]).toEqual([0, 8]);
    file.close();
  });

  it('whose read fails in the kernel gives NaN and its errno', () => {
    // A folder opens and cannot be read as a file.
    mkdirSync(path());
    const file = openNumberFile(path());
    expect([file.read(), file.value]).toEqual([constants.errno.EISDIR, Number.NaN]);
    file.close();
  });

  it('that is not there throws when it is opened', () => {
    expect(() => openNumberFile(path())).toThrow('ENOENT');
  });
});

it('what keeps a number from being read has the name of the error', () => {
  expect(obstacle(path())).toBe('ENOENT');
  show('nothing\n');
  expect(obstacle(path())).toBe('EIO');
  show('7\n');
  expect(obstacle(path())).toBeNull();
  expect(nameOf(constants.errno.EACCES)).toBe('EACCES');
  expect(nameOf(9_999)).toBe('error 9999');
});

it.each([
  ['0\n', 0],
  ['262143328850\n', 262_143_328_850],
  ['60293987000000', 60_293_987_000_000],
  ['3712398 J 1700000000123456 us\n', 3_712_398],
  ['\n', -1],
  ['', -1],
  ['-5\n', -1],
])('digits of %j are %d', (text, value) => {
  const bytes = Buffer.from(text);
  expect(parseDigits(bytes, bytes.length)).toBe(value);
});
