/** What devices and channels say of themselves. */
import { describe, expect, it } from 'vitest';
import { isCumulative, overlap, QUANTITIES, tellsEnergy, throttleReasons } from './meter.js';

describe('devices overlap', () => {
  const device = (id: string, ...overlaps: string[]) => ({ id, overlaps });
  it.each([
    ['when one names the other', device('node:psys', 'cpu:package-0'), device('cpu:package-0'), true],
    ['when one names all of its kind', device('cpu:cray', 'cpu:*'), device('cpu:package-1'), true],
    ['not when one names another kind', device('cpu:cray', 'cpu:*'), device('dram:0'), false],
    [
      'not when a name only begins alike',
      device('node:psys', 'cpu:package-1'),
      device('cpu:package-10'),
      false,
    ],
    ['not when neither names the other', device('gpu:a'), device('gpu:b'), false],
  ])('%s', (_, one, other, expected) => {
    expect(overlap(one, other)).toBe(expected);
    expect(overlap(other, one)).toBe(expected);
  });
});

it('energy comes from counters and from power, and from nothing else', () => {
  expect(QUANTITIES.filter((quantity) => tellsEnergy({ quantity }))).toEqual(['energyJ', 'powerW']);
});

it('energy and the seconds of throttling count from some origin', () => {
  expect(QUANTITIES.filter((quantity) => isCumulative({ quantity }))).toEqual([
    'energyJ',
    'powerThrottleS',
    'thermalThrottleS',
  ]);
});

it.each([
  [0, []],
  [0x4, ['powerCap']],
  [0x48, ['hardwareSlowdown', 'hardwareThermal']],
  [0x100, ['display']],
])('the reasons in %d are %j', (value, reasons) => {
  expect(throttleReasons(value)).toEqual(reasons);
});
