import { executionSchema } from '@llem/core';
import { expect, test } from 'vitest';
import { pauseBeforeS } from './pause.js';

const pause = (settings: object, cycle: number, previous: number | null) =>
  pauseBeforeS(executionSchema.parse(settings), { cycle }, previous === null ? null : { cycle: previous });

test('no pause comes before the first run', () => {
  expect(pause({ gaps: { between_runs_s: 7, between_cycles_s: 60 } }, 2, null)).toBe(0);
});

test.each(['shuffled', 'interleaved'])('in %s order the pause is longer where a cycle ends', (order) => {
  const settings = { order, gaps: { between_runs_s: 7, between_cycles_s: 60 } };
  expect(pause(settings, 1, 1)).toBe(7);
  expect(pause(settings, 2, 1)).toBe(60);
});

test('a shorter pause between cycles leaves that between runs as it is', () => {
  expect(pause({ gaps: { between_runs_s: 7 } }, 2, 1)).toBe(7);
  expect(pause({ gaps: { between_runs_s: 7, between_cycles_s: 3 } }, 2, 1)).toBe(7);
});

test('in sequential order, where cycles are no stretches of time, there is no pause between them', () => {
  const settings = { order: 'sequential', gaps: { between_runs_s: 7, between_cycles_s: 60 } };
  expect(pause(settings, 2, 1)).toBe(7);
  expect(pause(settings, 1, 3)).toBe(7);
});
