import type { Device, DeviceSelection, Experiment, Scope } from '@llem/core';
import { expect, it } from 'vitest';
import { claimOn } from './claim.js';
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

/** The claim of a study with an experiment for each of the selections, of an engine for GPUs. */
function claim(meters: readonly UsableMeter[], ...selections: readonly DeviceSelection[]) {
  const experiments = selections.map((devices) => ({ devices }) as Experiment);
  const backend = () => ({ computesOn: 'gpu' }) as ReturnType<Parameters<typeof claimOn>[1]['backend']>;
  return claimOn({ experiments }, { backend }, meters);
}

it('takes the GPUs of all experiments, and lets others run on the rest', () => {
  expect(claim([GPUS, HOST], [1])).toEqual({ gpus: ['gpu:B'], processor: 'beside' });
  expect(claim([GPUS, HOST], [1], 'all', ['A'])).toEqual({ gpus: ['gpu:A', 'gpu:B'], processor: 'beside' });
});

it('takes the processor for itself as soon as one experiment is billed for it', () => {
  expect(claim([GPUS, HOST], 'none')).toEqual({ gpus: [], processor: 'alone' });
  expect(claim([GPUS, HOST], [0], 'none')).toEqual({ gpus: ['gpu:A'], processor: 'alone' });
});

it('takes the whole machine where no meter knows the GPUs, or none works', () => {
  expect(claim([HOST], 'all')).toEqual({ gpus: [], processor: 'alone' });
  expect(claim([], 'all')).toEqual({ gpus: [], processor: 'alone' });
});
