/** Processor time by core, from files made in a temporary folder. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLinux, openPortable, openProcessorTime, type ProcessorTime } from './processor-time.js';

let root = '';
let opened: ProcessorTime[] = [];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'llem-estimate-'));
});
afterEach(() => {
  for (const time of opened) time.close();
  opened = [];
  rmSync(root, { recursive: true });
});

const statPath = () => join(root, 'stat');
/** Busy seconds of each processor that is online. */
function show(busyS: Readonly<Record<number, number>>): void {
  const lines = Object.entries(busyS).map(([number, s]) => `cpu${number} ${s * 100} 0 0 500 0 0 0 0 0 0`);
  writeFileSync(statPath(), ['cpu  1 1 1 1 1 1 1 1 1 1', ...lines, 'intr 99 1 2', 'ctxt 5', ''].join('\n'));
}
function siblings(processor: number, list: string, file = 'core_cpus_list'): void {
  mkdirSync(join(root, `cpu${processor}`, 'topology'), { recursive: true });
  writeFileSync(join(root, `cpu${processor}`, 'topology', file), `${list}\n`);
}
/** Two cores with two threads each, numbered as servers do. */
function smt(): void {
  for (const processor of [0, 1, 2, 3]) siblings(processor, `${processor % 2},${(processor % 2) + 2}`);
}
function open(): ProcessorTime {
  const time = openLinux(statPath(), root);
  opened.push(time);
  return time;
}
function read(time: ProcessorTime): number[] | null {
  const out = new Float64Array(time.cores);
  return time.read(out) ? [...out] : null;
}

describe('processor time on Linux', () => {
  it('follows the file, in seconds of each core', () => {
    show({ 0: 1, 1: 2 });
    const time = open();
    expect(read(time)).toEqual([1, 2]);
    show({ 0: 1.5, 1: 4 });
    expect(read(time)).toEqual([1.5, 4]);
  });

  it('adds up the threads of a core', () => {
    smt();
    show({ 0: 1, 1: 10, 2: 100, 3: 1_000 });
    const time = open();
    expect(time).toMatchObject({ cores: 2, logical: 4 });
    expect(read(time)).toEqual([101, 1_010]);
  });

  it('takes the older name of the list of siblings', () => {
    for (const processor of [0, 1]) siblings(processor, '0-1', 'thread_siblings_list');
    show({ 0: 1, 1: 2 });
    expect(read(open())).toEqual([3]);
  });

  it('takes a processor without topology, or with an empty one, for a core', () => {
    siblings(1, '');
    show({ 0: 1, 1: 2 });
    const time = open();
    expect(time).toMatchObject({ cores: 2, logical: 2 });
    expect(read(time)).toEqual([1, 2]);
  });

  it('leaves out processors that are offline, whatever their numbers', () => {
    smt();
    siblings(6, '2,6');
    show({ 1: 1, 3: 2, 6: 4 });
    const time = open();
    expect(time).toMatchObject({ cores: 2, logical: 3 });
    expect(read(time)).toEqual([3, 4]);
  });

  it('counts only the processors that a container is shown', () => {
    [0, 1, 2, 3].forEach((processor) => siblings(processor, `${processor},${processor + 32}`));
    show({ 0: 1, 1: 2 });
    expect(open()).toMatchObject({ cores: 2, logical: 2 });
  });

  it('keeps the time of a processor that goes offline, and goes on when it is back', () => {
    smt();
    show({ 0: 1, 1: 1, 2: 1, 3: 1 });
    const time = open();
    show({ 0: 2, 1: 2 });
    expect(read(time)).toEqual([3, 3]);
    show({ 0: 2, 1: 2, 2: 5, 3: 1 });
    expect(read(time)).toEqual([7, 3]);
  });

  it('cannot be read any more when a processor comes online', () => {
    show({ 0: 1, 2: 1 });
    const time = open();
    show({ 0: 1, 1: 1, 2: 1 });
    expect(read(time)).toBeNull();
    show({ 0: 1, 2: 1, 3: 1 });
    expect(read(time)).toBeNull();
  });

  it('cannot be read while the file says nothing, and then goes on', () => {
    show({ 0: 1 });
    const time = open();
    writeFileSync(statPath(), '');
    expect(read(time)).toBeNull();
    show({ 0: 3 });
    expect(read(time)).toEqual([3]);
  });

  it('reads many processors with long numbers, and many interrupts behind them', () => {
    const lines = Array.from({ length: 1_024 }, (_, number) => `cpu${number}${' 18446744073709'.repeat(10)}`);
    writeFileSync(statPath(), ['cpu  1 1 1 1', ...lines, `intr ${'0 '.repeat(100_000)}`, ''].join('\n'));
    const time = open();
    expect(time.cores).toBe(1_024);
    expect(read(time)?.at(-1)).toBeCloseTo((5 * 18_446_744_073_709) / 100, 0);
  });

  it.each([
    ['is empty', ''],
    ['has only the sum', 'cpu  1 1 1 1\nintr 5\n'],
    ['has only zeros, as in some sandboxes', 'cpu  0 0 0 0\ncpu0 0 0 0 0\ncpu1 0 0 0 0\n'],
  ])('does not open where the file %s', (_, text) => {
    writeFileSync(statPath(), text);
    expect(open).toThrow('tells of no processor that worked');
  });

  it('does not open without the file', () => {
    expect(open).toThrow('ENOENT');
  });
});

it.each([
  ['here', openProcessorTime],
  ['where only Node tells', openPortable],
])('processor time %s has worked and goes on', (_, openTime) => {
  const time = openTime();
  opened.push(time);
  const first = read(time) ?? [];
  const second = read(time) ?? [];
  expect(first).toHaveLength(time.cores);
  expect(Math.max(...first)).toBeGreaterThan(0);
  first.forEach((busyS, core) => expect(second[core]).toBeGreaterThanOrEqual(busyS));
});
