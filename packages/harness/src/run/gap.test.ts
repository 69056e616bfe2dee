import { executionSchema } from '@llem/core';
import { describe, expect, it } from 'vitest';
import { gapAsked, gapReached } from './gap.js';

const asked = (gaps: object, isFirst = false) =>
  gapAsked(executionSchema.parse({ gaps }), { cycle: 1 }, isFirst ? null : { cycle: 1 });

describe('a gap', () => {
  it('is none before the first run, and before any run of a study that wants none', () => {
    expect(gapReached(asked({}, true), 0, null)).toBe('none');
    expect(gapReached(asked({ between_runs_s: 0 }), 0, null)).toBe('none');
  });

  it('lasts its time where no temperature is waited for', () => {
    const gap = asked({ between_runs_s: 10 });
    expect(gapReached(gap, 9.9, 30)).toBeNull();
    expect(gapReached(gap, 10, 90)).toBe('time');
  });

  it('lasts its time and until the temperature is reached, whichever is later', () => {
    const gap = asked({ between_runs_s: 10, until_c: 45 });
    expect(gapReached(gap, 9.9, 40)).toBeNull();
    expect(gapReached(gap, 10, 45)).toBe('temperature');
    expect(gapReached(gap, 300, 46)).toBeNull();
    expect(gapReached(gap, 301, 45)).toBe('temperature');
  });

  it('waits for a temperature before the first run too, and for nothing else', () => {
    const gap = asked({ between_runs_s: 10, until_c: 45 }, true);
    expect(gapReached(gap, 0, 44)).toBe('temperature');
    expect(gapReached(gap, 0, 46)).toBeNull();
  });

  it('lasts longer where a cycle ends', () => {
    const execution = executionSchema.parse({ gaps: { between_runs_s: 10, between_cycles_s: 60 } });
    const gap = gapAsked(execution, { cycle: 2 }, { cycle: 1 });
    expect(gapReached(gap, 59, null)).toBeNull();
    expect(gapReached(gap, 60, null)).toBe('time');
  });

  it('ends at its cap, which never cuts the time between runs short', () => {
    expect(gapReached(asked({ until_c: 45, max_s: 60 }), 60, 46)).toBe('cap');
    expect(gapReached(asked({ between_runs_s: 100, until_c: 45, max_s: 60 }), 99, 46)).toBeNull();
    expect(gapReached(asked({ between_runs_s: 100, until_c: 45, max_s: 60 }), 100, 46)).toBe('cap');
  });

  it('does not wait for a thermometer that tells nothing', () => {
    const gap = asked({ between_runs_s: 10, until_c: 45 });
    expect(gapReached(gap, 10, null)).toBeNull();
    expect(gapReached(gap, 16, null)).toBe('time');
  });
});
