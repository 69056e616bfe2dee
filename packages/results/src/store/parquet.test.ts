import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Column, Table } from '@llem/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorOf } from './failure.fixture.js';
import { temporaryFolder } from './folder.fixture.js';
import { readRequests, toParquet } from './parquet.js';

async function thereAndBack(...parts: Table[]) {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'requests.parquet'), toParquet('requests', parts));
  return readRequests(folder);
}

describe('a table', () => {
  it('comes back with every type, null and hostile text as it was', async () => {
    const table: Table = [
      { name: 'd', type: 'double', values: [0.1, null, -1e308] },
      { name: 'i', type: 'int32', values: [-2147483648, 2147483647, null] },
      { name: 's', type: 'string', values: ['', 'a\u0000\n"é😀', null] },
      { name: 'b', type: 'boolean', values: [true, null, false] },
      { name: 'a.b "c"', type: 'double', values: Int32Array.of(1, 2, 3) },
    ];
    expect(await thereAndBack(table)).toEqual([
      { d: 0.1, i: -2147483648, s: '', b: true, 'a.b "c"': 1 },
      { d: null, i: 2147483647, s: 'a\u0000\n"é😀', b: null, 'a.b "c"': 2 },
      { d: -1e308, i: null, s: null, b: false, 'a.b "c"': 3 },
    ]);
  });

  it.each<[string, Table]>([
    ['no columns', []],
    ['no rows', [{ name: 'a', type: 'double', values: [] }]],
  ])('with %s comes back empty', async (_, table) => {
    expect(await thereAndBack(table)).toEqual([]);
  });

  it('tells a value that was not read as null, never as NaN', async () => {
    const rows = await thereAndBack([
      { name: 'typed', type: 'double', values: Float64Array.of(1, Number.NaN) },
      { name: 'plain', type: 'double', values: [Number.NaN, 2] },
      { name: 'none', type: 'double', values: [null, null] },
    ]);
    expect(rows).toEqual([
      { typed: 1, plain: null, none: null },
      { typed: null, plain: 2, none: null },
    ]);
  });

  it('of any doubles comes back exactly', async () => {
    const path = join(await temporaryFolder(), 'requests.parquet');
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.option(fc.double({ noNaN: true })), { maxLength: 200 }),
        async (values) => {
          await writeFile(path, toParquet('t', [[{ name: 'x', type: 'double', values }]]));
          const rows = await readRequests(dirname(path));
          expect(rows.map((row) => row['x'])).toEqual(values);
        },
      ),
      { seed: 1, numRuns: 50 },
    );
  });

  it('of 200,000 rows comes back whole', async () => {
    const values = Float64Array.from({ length: 200_000 }, (_, row) => row / 7);
    const rows = await thereAndBack([{ name: 'x', type: 'double', values }]);
    expect(rows).toHaveLength(200_000);
    expect(rows[199_999]).toEqual({ x: 199_999 / 7 });
  });

  it('of many rows and columns comes back whole, and is never whole in memory', async () => {
    const text = (row: number) => (row % 3 === 0 ? null : `row ${row}`);
    const part = (from: number, rows: number): Table => [
      {
        name: 'x',
        type: 'double',
        values: Float64Array.from({ length: rows }, (_, row) => (from + row) / 7),
      },
      { name: 'n', type: 'int32', values: Int32Array.from({ length: rows }, (_, row) => from + row) },
      { name: 's', type: 'string', values: Array.from({ length: rows }, (_, row) => text(from + row)) },
    ];
    const parts = [part(0, 250_000), part(250_000, 0), part(250_000, 1), part(250_001, 99_999)];
    const rows = await thereAndBack(...parts);
    expect(rows).toHaveLength(350_000);
    expect(rows.every(({ n, s, x }, row) => n === row && s === text(row) && x === row / 7)).toBe(true);
    const pieces = Array.from(toParquet('t', parts), (piece) => piece.length);
    expect(pieces.length).toBeGreaterThan(4);
    expect(Math.max(...pieces)).toBeLessThan(3e6);
  });

  it.each<[string, Column[]]>([
    [
      'two columns of one name',
      [
        { name: 'a', type: 'double', values: [1] },
        { name: 'a', type: 'double', values: [1] },
      ],
    ],
    ['text among numbers', [{ name: 'a', type: 'double', values: ['x'] }]],
    ['a fraction among integers', [{ name: 'a', type: 'int32', values: [0.5] }]],
    ['an integer that is too large', [{ name: 'a', type: 'int32', values: [2 ** 31] }]],
    ['a number among texts', [{ name: 'a', type: 'string', values: [1] }]],
    [
      'columns of unequal length',
      [
        { name: 'a', type: 'double', values: [1] },
        { name: 'b', type: 'double', values: [1, 2] },
      ],
    ],
  ])('with %s is refused by its name', async (_, table) => {
    const refused = errorOf(
      'LLEM_E_STORE',
      Promise.resolve().then(() => [...toParquet('requests.parquet', [table])]),
    );
    expect((await refused).message).toContain('requests.parquet');
  });
});

it('says which file cannot be read', async () => {
  const folder = await temporaryFolder();
  await errorOf('LLEM_E_RESULTS', readRequests(folder));
  await writeFile(join(folder, 'requests.parquet'), 'PAR1 cut off');
  const { message } = await errorOf('LLEM_E_RESULTS', readRequests(folder));
  expect(message).toContain(join(folder, 'requests.parquet'));
});
