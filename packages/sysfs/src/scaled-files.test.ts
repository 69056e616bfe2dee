/** Several files, made in a temporary folder. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openScaledFiles } from './scaled-files.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'llem-sysfs-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});
const show = (name: string, text: string) => writeFileSync(join(folder, name), text);
const open = (names: readonly string[], positive = false) =>
  openScaledFiles(names.map((name) => ({ path: join(folder, name), scale: 1e-3, positive })));

describe('files that are opened together', () => {
  it('give their numbers in their order and their units', () => {
    show('a', '1500\n');
    show('b', '0\n');
    const files = open(['b', 'a']);
    const out = new Float64Array(2);
    expect([files.read(out, 0), files.read(out, 1), ...out]).toEqual([0, 0, 0, 1.5]);
    files.close();
    files.close();
  });

  it('give NaN for one that says nothing, and its error, and the others all the same', () => {
    show('a', 'nothing\n');
    show('b', '2000\n');
    const files = open(['a', 'b']);
    const out = new Float64Array(2);
    expect([files.read(out, 0), files.read(out, 1), ...out]).toEqual([constants.errno.EIO, 0, Number.NaN, 2]);
    files.close();
  });

  it('take 0 for no reading where it cannot be one', () => {
    show('a', '0\n');
    const files = open(['a'], true);
    const out = new Float64Array(1);
    expect([files.read(out, 0), ...out]).toEqual([constants.errno.EIO, Number.NaN]);
    files.close();
  });

  it('are opened all or none', () => {
    show('a', '1\n');
    expect(() => open(['a', 'missing'])).toThrow('ENOENT');
  });
});
