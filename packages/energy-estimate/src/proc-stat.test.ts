/** The text of /proc/stat. */
import { describe, expect, it } from 'vitest';
import { processorsIn, readTicks } from './proc-stat.js';

/** Reads into processors 0, 1 and 3; there is no processor 2. */
function read(text: string, before: readonly number[] = [0, 0, Number.NaN, 0]) {
  const ticks = Float64Array.from(before);
  const readable = readTicks(Buffer.from(text), Buffer.byteLength(text), ticks);
  return { readable, ticks: [...ticks] };
}
const ticksOf = (fields: string) => read(`cpu0 ${fields}\n`).ticks[0];

describe('the processors', () => {
  it('are those with a line, whatever their numbers', () => {
    expect(
      processorsIn('cpu  9 9 9 9\ncpu0 1 1 1 1\ncpu3 1 1 1 1\ncpu128 1 1 1 1\nintr 5\ncpufreq 1\n'),
    ).toEqual([0, 3, 128]);
  });

  it('are none in a text without them', () => {
    expect(processorsIn('cpu  9 9 9 9\nintr 5\n')).toEqual([]);
  });
});

describe('the ticks of a processor', () => {
  it('are user, nice, system, irq and softirq', () => {
    expect(ticksOf('1 20 300 9999 9999 4000 50000 9999 9999 9999')).toBe(54_321);
  });

  it('leave out waiting, time stolen by the host, and guests, which are in user already', () => {
    expect(ticksOf('0 0 0 7 7 0 0 7 7 7')).toBe(0);
  });

  it('are in the four fields of an old kernel', () => {
    expect(ticksOf('1 2 3 4')).toBe(6);
  });

  it('go to each processor by its number; the sum of all is left out', () => {
    const text = 'cpu  9 9 9 9 9 9 9\ncpu0 1 0 0 9\ncpu1 2 0 0 9\ncpu3 4 0 0 9\nintr 77 8\nctxt 5\n';
    expect(read(text)).toEqual({ readable: true, ticks: [1, 2, Number.NaN, 4] });
  });

  it('stay as they were while it is offline, and when the kernel corrects them downwards', () => {
    expect(read('cpu  9 9 9 9\ncpu0 5 0 0 9\ncpu1 19 0 0 9\n', [4, 20, Number.NaN, 30])).toEqual({
      readable: true,
      ticks: [5, 20, Number.NaN, 30],
    });
  });

  it.each([
    ['nothing', ''],
    ['no processor', 'cpu  9 9 9 9\nintr 5\n'],
    ['something else', 'nonsense'],
    ['too few fields', 'cpu0 1 2\n'],
    ['no number', 'cpu0 1 2 x 4\n'],
    ['a line that is cut off', 'cpu0 1 2 3 4\ncpu1 1 2 3 4 5 6'],
    ['a line that ends in its name', 'cpu0'],
    ['a processor that was not there', 'cpu0 1 2 3 4\ncpu2 1 2 3 4\n'],
    ['a processor beyond those that were there', 'cpu0 1 2 3 4\ncpu4 1 2 3 4\n'],
  ])('are not told by %s', (_, text) => {
    expect(read(text).readable).toBe(false);
  });

  it('are not read beyond the length of the text', () => {
    const ticks = new Float64Array(2);
    const text = 'cpu0 1 2 3 4\ncpu1 5 5 5 5\n';
    expect(readTicks(Buffer.from(text), 13, ticks)).toBe(true);
    expect([...ticks]).toEqual([6, 0]);
  });
});
