import { describe, expect, it } from 'vitest';
import { bytes, duration, energy, interval } from './numbers.js';
import { createPaint, hang, oneLine, truncate, wrap } from './text.js';

describe('interval', () => {
  it.each([
    [0.3981, 0.4272, '0.398–0.427'],
    [118.2, 125.9, '118–126'],
    [0, 0, '0–0'],
    [-0.2, 12.4, '-0.2–12.4'],
    [1e-9, 2e-9, '1.00e-9–2.00e-9'],
    [Number.NaN, 1, '–'],
  ])('shows %s to %s as %s', (low, high, text) => {
    expect(interval(low, high)).toBe(text);
  });
});

describe('energy', () => {
  it.each([
    [0.412, '0.412 J'],
    [0.1, '0.100 J'],
    [0.00979, '9.79 mJ'],
    [0, '0 J'],
  ])('shows %s J as %s', (joules, text) => {
    expect(energy(joules)).toBe(text);
  });
});

describe('duration and bytes', () => {
  it.each([
    [0, '0 s'],
    [-5, '0 s'],
    [59.4, '59 s'],
    [59.6, '1 min 00 s'],
    [125, '2 min 05 s'],
    [3_600 * 26 + 61, '26 h 01 min'],
  ])('shows %s s as %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });

  it.each([
    [0, '0 B'],
    [1_023, '1023 B'],
    [1_024 ** 2 * 1.5, '1.50 MiB'],
    [1_024 ** 4 * 20, '20.0 TiB'],
  ])('shows %s bytes as %s', (value, text) => {
    expect(bytes(value)).toBe(text);
  });
});

describe('truncate and wrap', () => {
  it('cuts at the width that is seen, wide characters included', () => {
    expect(truncate('concurrency=8', 20)).toBe('concurrency=8');
    expect(truncate('concurrency=8', 8)).toBe('concurr…');
    expect(truncate('模型模型', 5)).toBe('模型…');
  });

  it('breaks at spaces and never before a line has a word', () => {
    expect(wrap('aa bb cc', 5)).toBe('aa bb\ncc');
    expect(wrap('unbreakable word', 4, '  ')).toBe('  unbreakable\n  word');
    expect(wrap('', 10)).toBe('');
  });
});

describe('hang', () => {
  it('sets what is wrapped further in than its own line begins', () => {
    expect(hang('warning: one two three\n  what to do: four five', 16)).toBe(
      'warning: one\n  two three\n  what to do:\n    four five',
    );
  });

  it('keeps to its width and leaves what fits as it is', () => {
    expect(hang('short', 60)).toBe('short');
    const long = hang(`  ${'word '.repeat(60).trim()}`, 60);
    expect(Math.max(...long.split('\n').map((line) => line.length))).toBeLessThanOrEqual(60);
  });
});

describe('oneLine', () => {
  it('lets no control sequence through', () => {
    expect(oneLine('\u001b[31mred\u001b[0m\r\nnext\u0007\u001b]0;title\u0007')).toBe('red next');
  });
});

describe('createPaint', () => {
  const painted = (isTTY: boolean, env: NodeJS.ProcessEnv) => createPaint({ isTTY }, env).bold('x') !== 'x';

  it.each([
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: '1' }, false],
    [true, { NO_COLOR: '' }, true],
    [false, { FORCE_COLOR: '1' }, true],
    [true, { FORCE_COLOR: '0' }, false],
    [true, { TERM: 'dumb' }, false],
  ])('with a terminal %s and %j paints: %s', (isTTY, env, expected) => {
    expect(painted(isTTY, env)).toBe(expected);
  });
});
