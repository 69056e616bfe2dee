import type { Device, Scope } from '@llem/core';
import { expect, it } from 'vitest';
import { claimOf } from './claim.js';
import type { UsableMeter } from './energy/meters.js';

function meter(...devices: readonly [string, Scope][]): UsableMeter {
  return {
    ref: { kind: 'meter', id: 'any', moduleUrl: 'file:///any', options: {} },
    devices: devices.map(([id, scope]): Device => ({ id, scope, name: id, facts: {}, overlaps: [] })),
    channels: devices.map(([deviceId]) => ({
      deviceId,
      quantity: 'energyJ',
      measured: true,
      minPeriodMs: 1,
      resolution: 1e-6,
      accuracyRel: 0.05,
    })),
  };
}
const GPUS = meter(['gpu:A', 'gpu'], ['gpu:B', 'gpu']);
const HOST = meter(['cpu:package-0', 'cpu']);

it('takes the GPUs of all experiments, and lets others run on the rest', () => {
  expect(claimOf([[1]], [GPUS, HOST])).toEqual({ gpus: ['gpu:B'], processor: 'beside' });
  expect(claimOf([[1], 'all', ['A']], [GPUS, HOST])).toEqual({
    gpus: ['gpu:A', 'gpu:B'],
    processor: 'beside',
  });
});

it('takes the processor for itself as soon as one experiment is billed for it', () => {
  expect(claimOf(['none'], [GPUS, HOST])).toEqual({ gpus: [], processor: 'alone' });
  expect(claimOf([[0], 'none'], [GPUS, HOST])).toEqual({ gpus: ['gpu:A'], processor: 'alone' });
});

it('takes the whole machine where no meter knows the GPUs, or none works', () => {
  expect(claimOf(['all'], [HOST])).toEqual({ gpus: [], processor: 'alone' });
  expect(claimOf(['all'], [])).toEqual({ gpus: [], processor: 'alone' });
});

it('takes nothing for servers that may run elsewhere, and what they need for those beside them', () => {
  expect(claimOf([null], [GPUS, HOST])).toEqual({ gpus: [], processor: 'beside' });
  expect(claimOf([null, [0]], [GPUS, HOST])).toEqual({ gpus: ['gpu:A'], processor: 'beside' });
});
