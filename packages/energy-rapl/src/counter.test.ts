/** One energy counter, on a file made in a temporary folder. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openCounter } from './counter.js';

const RANGE_UJ = 262_143_328_850;

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'llem-rapl-'));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});
const show = (uj: number | string) => writeFileSync(join(root, 'energy_uj'), `${uj}\n`);

describe('a counter', () => {
  /** Reads a counter that shows each value so many milliseconds after the one before; the first is at 0. */
  function follow(values: readonly (readonly [uj: number | string, afterMs: number])[]) {
    show(0);
    let ms = 5_000;
    const counter = openCounter({ path: root, rangeUj: RANGE_UJ }, () => ms);
    const joules = values.map(([uj, afterMs]) => {
      ms += afterMs;
      show(uj);
      counter.read();
      return counter.joules;
    });
    counter.close();
    return joules.map((value) => value - (joules[0] ?? 0));
  }

  it('wraps again and again, where so much can have been used in the time', () => {
    const range = RANGE_UJ / 1e6;
    const joules = follow([
      [2_000_000, 0],
      [RANGE_UJ - 500_000_000, 800_000],
      [100_000_000, 1_000],
      [RANGE_UJ - 500_000_000, 800_000],
      [100_000_000, 1_000],
    ]);
    expect(joules[2]).toBeCloseTo(range + 98, 6);
    expect(joules[4]).toBeCloseTo(2 * range + 98, 6);
  });

  it('falls where a wrap would mean more than 10 kW, and counts on from there', () => {
    const joules = follow([
      [200_000_000_000, 0],
      [50_000, 10],
      [2_050_000, 10],
    ]);
    expect(joules).toEqual([0, -199_999.95, -199_997.95]);
  });

  it.each([
    [10_900, true],
    [11_100, false],
  ])('that would have gained %d J in a second has wrapped: %s', (gainJ, wrapped) => {
    const [, joules = Number.NaN] = follow([
      [RANGE_UJ - gainJ * 1e6, 0],
      [0, 1_000],
    ]);
    expect(joules > 0).toBe(wrapped);
  });

  it('that was not read for minutes may have wrapped from anywhere', () => {
    const [, joules = Number.NaN] = follow([
      [2_000_000, 0],
      [1_000_000, 600_000],
    ]);
    expect(joules).toBeCloseTo(RANGE_UJ / 1e6 - 1, 6);
  });

  it('measures the time from the last reading that said something', () => {
    const joules = follow([
      [RANGE_UJ - 15_000_000_000, 0],
      ['', 1_000],
      [0, 1_000],
    ]);
    expect(joules[1]).toBeNaN();
    expect(joules[2]).toBeCloseTo(15_000, 6);
  });

  it('that wrapped keeps what it had when it is set to zero later', () => {
    const joules = follow([
      [RANGE_UJ - 1_000_000, 0],
      [5_000_000_000, 10_000],
      [0, 10],
    ]);
    expect(joules[1]).toBeCloseTo(5_001, 6);
    expect(joules[2]).toBeCloseTo(1, 6);
  });

  it('whose read fails in the kernel gives NaN and its errno', () => {
    // A folder opens and cannot be read as a file.
    mkdirSync(join(root, 'energy_uj'));
    const counter = openCounter({ path: root, rangeUj: RANGE_UJ });
    expect(counter.read()).toBe(constants.errno.EISDIR);
    expect(counter.joules).toBeNaN();
    counter.close();
  });
});
