import { describe, expect, it } from 'vitest';
import { counterEnergy } from './counter.js';
import { integralEnergy } from './integral.js';
import { longestGapS, wentBackwards, type Series } from './series.js';

const ns = (seconds: number) => BigInt(Math.round(seconds * 1e9));

/** Numbers in [0, 1) from a seed (a linear congruential generator; Numerical Recipes). */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Readings of a function of time, every `periodS` from 0 to `untilS`. */
function readings(value: (seconds: number) => number, periodS: number, untilS: number): Series {
  const series: Series = { atNs: [], callNs: [], values: [] };
  for (let i = 0; i * periodS <= untilS + 1e-9; i += 1) {
    series.atNs.push(ns(i * periodS));
    series.callNs.push(0);
    series.values.push(value(i * periodS));
  }
  return series;
}

describe('energy of an interval from a counter', () => {
  it('interpolates both edges between readings', () => {
    const energy = counterEnergy(
      readings((t) => 100 * t, 0.1, 20),
      { startNs: ns(3.337), endNs: ns(13.971) },
    );
    expect(energy?.joules).toBeCloseTo(100 * (13.971 - 3.337), 6);
  });

  it('finds the moments of the steps of a counter that moves more slowly than it is read', () => {
    const stepped = (t: number) => 250 * Math.floor(t / 0.1 + 1e-9) * 0.1;
    for (const start of [2.01, 2.049, 2.099, 2.1, 2.17]) {
      const energy = counterEnergy(readings(stepped, 0.013, 10), {
        startNs: ns(start),
        endNs: ns(start + 5.03),
      });
      expect(Math.abs((energy?.joules ?? 0) - 250 * 5.03)).toBeLessThan(0.004 * 250 * 5.03);
    }
  });

  it('states an edge error that covers the truth for steps of unknown phase, also where edges are polled faster', () => {
    const STEP_S = 0.1;
    const POWER_W = 300;
    const draw = generator(20_260_101);
    const trials = 400;
    let covered = 0;
    let sumEdgeJ = 0;
    for (let trial = 0; trial < trials; trial += 1) {
      const phase = draw() * STEP_S;
      const [startS, endS] = [20 + draw(), 26 + draw()];
      const atEdge = (t: number) => Math.min(Math.abs(t - startS), Math.abs(t - endS)) < 0.25;
      const series: Series = { atNs: [], callNs: [], values: [] };
      for (let t = draw() * 0.1; t < 30; t += atEdge(t) ? 0.01 : 0.1) {
        series.atNs.push(ns(t));
        series.callNs.push(0);
        series.values.push(POWER_W * STEP_S * Math.floor((t + phase) / STEP_S));
      }
      const energy = counterEnergy(series, { startNs: ns(startS), endNs: ns(endS) });
      const error = Math.abs((energy?.joules ?? 0) - POWER_W * (endS - startS));
      if (error <= 1.96 * (energy?.edgeJ ?? 0)) covered += 1;
      sumEdgeJ += energy?.edgeJ ?? 0;
    }
    expect(covered / trials).toBeGreaterThan(0.93);
    // About 0.1 % of the 1.8 kJ of a window, where the steps themselves are 30 J wide.
    expect(sumEdgeJ / trials).toBeLessThan(2.5);
  });

  it('gives nothing when an edge has readings on one side only', () => {
    const series = readings((t) => t, 0.1, 10);
    expect(counterEnergy(series, { startNs: ns(-1), endNs: ns(5) })).toBeNull();
    expect(counterEnergy(series, { startNs: ns(1), endNs: ns(10.5) })).toBeNull();
    expect(counterEnergy({ atNs: [], callNs: [], values: [] }, { startNs: ns(1), endNs: ns(2) })).toBeNull();
  });

  it('says that the counter went backwards inside, and only inside', () => {
    const reset = readings((t) => (t < 5 ? 100 * t : 100 * (t - 5)), 0.1, 10);
    expect(wentBackwards(reset, { startNs: ns(1), endNs: ns(9) })).toBe(true);
    expect(wentBackwards(reset, { startNs: ns(6), endNs: ns(9) })).toBe(false);
    expect(wentBackwards(reset, { startNs: ns(1), endNs: ns(4.5) })).toBe(false);
  });
});

const KIND = { updateMs: 0, resolutionW: 0.001 };

describe('energy of an interval from power', () => {
  it('is exact for a linear power with edges between readings', () => {
    const energy = integralEnergy(
      readings((t) => 50 + 10 * t, 0.1, 10),
      { startNs: ns(1.05), endNs: ns(4.73) },
      KIND,
    );
    const truth = 50 * (4.73 - 1.05) + 5 * (4.73 ** 2 - 1.05 ** 2);
    expect(energy?.joules).toBeCloseTo(truth, 6);
  });

  it('is within its stated error for a fast changing power', () => {
    const power = (t: number) => 300 + 100 * Math.sin(7 * t);
    const energy = integralEnergy(readings(power, 0.05, 20), { startNs: ns(2.013), endNs: ns(12.4) }, KIND);
    const truth = 300 * 10.387 - (100 / 7) * (Math.cos(7 * 12.4) - Math.cos(7 * 2.013));
    expect(Math.abs((energy?.joules ?? 0) - truth)).toBeLessThan(2 * (energy?.edgeJ ?? 0));
  });

  it('is less certain by half a call where power changed between two readings of which one was interrupted', () => {
    const series = readings((t) => (t < 5 ? 100 : 300), 0.05, 10);
    const edgeOf = (callS: number) => {
      const callNs = series.atNs.map((at) => (at === ns(5) ? callS * 1e9 : 0));
      return integralEnergy({ ...series, callNs }, { startNs: ns(1), endNs: ns(9) }, KIND)?.edgeJ ?? 0;
    };
    // 200 W at a time that is known to within another 120 ms.
    expect(edgeOf(0.12) ** 2 - edgeOf(0) ** 2).toBeCloseTo((200 * 0.12) ** 2 / 12, 6);
  });
});

it('finds the longest time without a reading, at the edges too', () => {
  const series: Series = { atNs: [ns(1), ns(2), ns(6), ns(7)], callNs: [0, 0, 0, 0], values: [1, 2, 3, 4] };
  expect(longestGapS(series, { startNs: ns(1), endNs: ns(7) })).toBeCloseTo(4);
  expect(longestGapS(series, { startNs: ns(6.5), endNs: ns(20) })).toBeCloseTo(13);
  expect(longestGapS(series, { startNs: ns(1.5), endNs: ns(2.5) })).toBeCloseTo(4);
  expect(longestGapS(series, { startNs: ns(5.5), endNs: ns(7) })).toBeCloseTo(4);
  expect(longestGapS(series, { startNs: ns(0), endNs: ns(0.5) })).toBeCloseTo(1);
});
