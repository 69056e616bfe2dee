import { expect, it } from 'vitest';
import { isSteady, warmupConversations, type WarmupInterval } from './warmup.js';

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
  expect(isSteady(six(() => ({})).slice(1), 'closed')).toBe(false);
  expect(
    isSteady(
      six(() => ({})),
      'closed',
    ),
  ).toBe(true);
});

it('is not steady while throughput, power, load or temperature still moves', () => {
  expect(
    isSteady(
      six((i) => ({ tokensPerS: 1000 + 10 * i })),
      'closed',
    ),
  ).toBe(false);
  expect(
    isSteady(
      six((i) => ({ powerW: 300 - 3 * i })),
      'closed',
    ),
  ).toBe(false);
  expect(
    isSteady(
      six((i) => ({ inFlight: 8 + i })),
      'closed',
    ),
  ).toBe(false);
  expect(
    isSteady(
      six((i) => ({ temperatureC: 60 + i })),
      'closed',
    ),
  ).toBe(false);
});

it('judges the trend, not the noise, and does without readings that are not there', () => {
  expect(
    isSteady(
      six((i) => ({ tokensPerS: 1000 + (i % 2 === 0 ? 15 : -15) })),
      'closed',
    ),
  ).toBe(true);
  expect(
    isSteady(
      six(() => ({ powerW: null, temperatureC: null })),
      'closed',
    ),
  ).toBe(true);
});

it('forgets what lies before the last six', () => {
  expect(isSteady([interval({ tokensPerS: 1 }), ...six(() => ({}))], 'closed')).toBe(true);
});

it('takes arrivals for what they are: a count that goes up and down is steady in an open loop, one that climbs is not', () => {
  const noisy = [6, 9, 5, 8, 7, 9];
  expect(
    isSteady(
      six((i) => ({ inFlight: noisy[i] ?? 0, tokensPerS: 100 * (i + 1) })),
      'open',
    ),
  ).toBe(true);
  expect(
    isSteady(
      six((i) => ({ inFlight: noisy[i] ?? 0 })),
      'closed',
    ),
  ).toBe(false);
  expect(
    isSteady(
      six((i) => ({ inFlight: 8 + 3 * i })),
      'open',
    ),
  ).toBe(false);
});

it('asks for five conversations a slot, or five times those under way and thirty at least', () => {
  expect(warmupConversations(16, 3)).toBe(80);
  expect(warmupConversations(null, 2)).toBe(30);
  expect(warmupConversations(null, 20)).toBe(100);
});
