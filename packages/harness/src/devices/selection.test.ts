import {
  measureSchema,
  workloadSchema,
  type Backend,
  type Device,
  type DeviceSelection,
  type Runner,
} from '@llem/core';
import { expect, it } from 'vitest';
import type { UsableMeter } from '../energy/meters.js';
import { chooseGpus, devicesOf } from './selection.js';

const meter = (id: string, ...uuids: readonly string[]): UsableMeter => ({
  ref: { kind: 'meter', id, moduleUrl: '', options: {} },
  devices: uuids.map((uuid): Device => ({
    id: `gpu:${uuid}`,
    scope: 'gpu',
    name: 'G',
    facts: {},
    overlaps: [],
  })),
  channels: [],
});

const nvml = meter('nvml', 'GPU-aa00', 'GPU-aa11', 'GPU-bb22');
const seen = (selection: DeviceSelection, ...meters: readonly UsableMeter[]) => {
  const { billed, visible, wrong } = chooseGpus(meters, selection);
  return { billed: billed.map(({ id }) => id), visible, wrong };
};

it.each<[string, DeviceSelection, string[]]>([
  ['all that a meter knows', 'all', ['GPU-aa00', 'GPU-aa11', 'GPU-bb22']],
  ['none', 'none', []],
  ['an index, of the GPUs that llem sees', [1], ['GPU-aa11']],
  ['a UUID', ['GPU-bb22'], ['GPU-bb22']],
  ['the beginning of a UUID, however it is written', ['gpu-B'], ['GPU-bb22']],
  ['several, in the order of the study', [2, 'GPU-aa00'], ['GPU-bb22', 'GPU-aa00']],
])('bills and shows to the engine the same GPUs: %s', (_, selection, uuids) => {
  expect(seen(selection, nvml)).toEqual({
    billed: uuids.map((uuid) => `gpu:${uuid}`),
    visible: uuids,
    wrong: [],
  });
});

it.each<[string, DeviceSelection, string]>([
  ['an index', [0, 3], 'index 3'],
  ['a UUID', ['GPU-cc'], '"GPU-cc"'],
  ['a beginning that fits several', ['GPU-aa'], '"GPU-aa", with which 2 GPUs begin'],
  ['an index and the UUID of one GPU', [2, 0, 'GPU-bb22'], 'index 2 and "GPU-bb22", which are one GPU'],
])('says what is not there, or is there twice: %s', (_, selection, wrong) => {
  expect(seen(selection, nvml).wrong).toEqual([wrong]);
});

it('hands on what the study says where no meter knows a GPU', () => {
  expect(seen([0, 'GPU-x'])).toEqual({ billed: [], visible: ['0', 'GPU-x'], wrong: [] });
  expect(seen('all')).toEqual({ billed: [], visible: null, wrong: [] });
  expect(seen('none')).toEqual({ billed: [], visible: [], wrong: [] });
});

it('counts GPUs that two meters tell of once, and no index over the GPUs of two makers', () => {
  const again = meter('other', 'GPU-aa00', 'GPU-aa11', 'GPU-bb22');
  const amd = meter('hwmon', 'GPU-6ba4feca4d49c1b2');
  expect(seen([2], nvml, again)).toMatchObject({ billed: ['gpu:GPU-bb22'], wrong: [] });
  expect(seen('all', nvml, again).visible).toHaveLength(3);
  expect(seen([0], nvml, amd)).toEqual({
    billed: [],
    visible: [],
    wrong: ['index 0, and GPUs of several makers are not counted together'],
  });
  expect(seen(['GPU-6b'], nvml, amd).visible).toEqual(['GPU-6ba4feca4d49c1b2']);
});

const unasked = () => {
  throw new Error('not asked for');
};

it.each<[string, Runner['place'], Backend['computesOn'], DeviceSelection | null, DeviceSelection | null]>([
  ['as written', 'process', 'gpu', [1], [1]],
  ['all for an engine that is made for GPUs', 'container', 'gpu', null, 'all'],
  ['none for one that is made for processors', 'process', 'cpu', null, 'none'],
  ['nothing for a server that may run elsewhere', 'elsewhere', 'cpu', null, null],
  ['as written for a server that is said to run here', 'elsewhere', 'gpu', 'none', 'none'],
])('bills %s', (_, place, computesOn, written, expected) => {
  const experiment = {
    id: 'x',
    label: 'x',
    asked: {},
    factors: {},
    model: 'm',
    backend: 'b',
    runner: null,
    devices: written,
    workload: workloadSchema.parse({}),
    measure: measureSchema.parse({}),
    options: {},
  };
  const devices = devicesOf(experiment, {
    resolveRunner: () => ({ type: 'any', options: {}, why: 'test', from: 'test' }),
    runner: () => ({ place, checks: () => [], target: unasked, start: unasked }),
    backend: () => ({
      computesOn,
      constraints: unasked,
      prepare: unasked,
      service: unasked,
      dialect: unasked,
      describe: unasked,
      checks: unasked,
      diagnose: unasked,
    }),
  });
  expect(devices).toEqual(expected);
});

it('chooses nothing where nothing is billed, and hides no GPU', () => {
  expect(chooseGpus([nvml], null)).toEqual({ billed: [], visible: null, wrong: [] });
});
