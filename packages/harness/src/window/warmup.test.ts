import { expect, it } from 'vitest';
import { changeEndToEnd, isSteady, type WarmupInterval } from './warmup.js';

const interval = (more: Partial<WarmupInterval>): WarmupInterval => ({
  seconds: 2,
  inFlight: 8,
  tokensPerS: 1000,
  powerW: 300,
  temperatureC: 60,
  ...more,
});
const six = (pick: (i: number) => Partial<WarmupInterval>) =>
  Array.from({ length: 6 }, (_, i) => interval(pick(i)));

it('is steady only after six intervals without a trend', () => {
  expect(isSteady(six(() => ({})).slice(1))).toBe(false);
  expect(isSteady(six(() => ({})))).toBe(true);
});

it('is not steady while throughput, power, load or temperature still moves', () => {
  expect(isSteady(six((i) => ({ tokensPerS: 1000 + 10 * i })))).toBe(false);
  expect(isSteady(six((i) => ({ powerW: 300 - 3 * i })))).toBe(false);
  expect(isSteady(six((i) => ({ inFlight: 8 + i })))).toBe(false);
  expect(isSteady(six((i) => ({ temperatureC: 60 + i })))).toBe(false);
});

it('judges the trend, not the noise, and does without readings that are not there', () => {
  expect(isSteady(six((i) => ({ tokensPerS: 1000 + (i % 2 === 0 ? 15 : -15) })))).toBe(true);
  expect(isSteady(six(() => ({ powerW: null, temperatureC: null })))).toBe(true);
});

it('forgets what lies before the last six', () => {
  expect(isSteady([interval({ tokensPerS: 1 }), ...six(() => ({}))])).toBe(true);
});

it('gives the change along the fitted line', () => {
  expect(changeEndToEnd([1, 2, 3, 4])).toBeCloseTo(3);
  expect(changeEndToEnd([5])).toBe(0);
});
