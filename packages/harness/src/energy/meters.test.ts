import type { Channel, Device, EnergySettings, PluginRef, Scope } from '@llem/core';
import { expect, it } from 'vitest';
import { billedMeters, preferMeasured, surveyMeters, type UsableMeter } from './meters.js';

function meter(id: string, measured: boolean, ...devices: readonly [string, Scope][]): UsableMeter {
  const channel = (deviceId: string): Channel => ({
    deviceId,
    quantity: 'energyJ',
    measured,
    minPeriodMs: 1,
    resolution: 1e-6,
    accuracyRel: 0.05,
  });
  return {
    ref: { kind: 'meter', id, moduleUrl: `file:///${id}`, options: {} },
    devices: devices.map(([device, scope]): Device => ({
      id: device,
      scope,
      name: device,
      facts: {},
      overlaps: [],
    })),
    channels: devices.map(([device]) => channel(device)),
  };
}
const ids = (meters: readonly UsableMeter[]) =>
  meters.flatMap((one) => one.devices.map((device) => device.id));

it('drops an estimate of a scope that something measures, and keeps it where nothing does', () => {
  const estimate = meter('estimate', false, ['cpu:estimate', 'cpu']);
  expect(ids(preferMeasured([estimate, meter('rapl', true, ['cpu:package-0', 'cpu'])], false))).toEqual([
    'cpu:package-0',
  ]);
  expect(ids(preferMeasured([estimate, meter('nvml', true, ['gpu:A', 'gpu'])], false))).toEqual([
    'cpu:estimate',
    'gpu:A',
  ]);
  expect(ids(preferMeasured([estimate, meter('rapl', true, ['cpu:package-0', 'cpu'])], true))).toHaveLength(
    2,
  );
});

it('bills the GPUs that the experiment names, by index or UUID, and always the host', () => {
  const meters = [
    meter('nvml', true, ['gpu:A', 'gpu'], ['gpu:B', 'gpu']),
    meter('rapl', true, ['cpu:package-0', 'cpu']),
  ];
  expect(ids(billedMeters(meters, 'all'))).toEqual(['gpu:A', 'gpu:B', 'cpu:package-0']);
  expect(ids(billedMeters(meters, 'none'))).toEqual(['cpu:package-0']);
  expect(ids(billedMeters(meters, [1]))).toEqual(['gpu:B', 'cpu:package-0']);
  expect(ids(billedMeters(meters, ['A']))).toEqual(['gpu:A', 'cpu:package-0']);
});

/** A meter's module whose one check finds what is given. */
function moduleFinding(id: string, finding: object): PluginRef {
  const source = `
    export const options = { jsonSchema: {}, parse: (value) => ({ ok: true, value }) };
    export const create = () => ({
      checks: () => [{ id: '${id}.readable', title: '', run: async () => (${JSON.stringify(finding)}) }],
      devices: () => [],
      channels: () => [],
      open: () => null,
    });`;
  return { kind: 'meter', id, moduleUrl: `data:text/javascript,${encodeURIComponent(source)}`, options: {} };
}

it.each<[EnergySettings['meters'], string[]]>([
  ['auto', ['broken.readable warning', 'energy.meters warning']],
  [
    ['broken', 'nowhere'],
    ['broken.readable failed', 'nowhere.readable failed', 'energy.meters warning'],
  ],
])(
  'with meters %j tells of a meter that fails, and of one without a device only where it is named',
  async (named, told) => {
    const failed = { status: 'failed', message: 'It fails.', remedy: 'Repair it.' };
    const refs = [moduleFinding('broken', failed), moduleFinding('nowhere', { ...failed, absent: true })];
    const settings: EnergySettings = { meters: named, require: 'any' };
    const { findings } = await surveyMeters(refs, settings, { cacheDir: '' }, new AbortController().signal);
    expect(findings.map(({ id, status }) => `${id} ${status}`)).toEqual(told);
  },
);

it.each([
  ['minPeriodMs', 'NaN'],
  ['resolution', 'Infinity'],
  ['accuracyRel', '-0.05'],
])('leaves a meter out of which a channel has a senseless %s', async (name, value) => {
  const source = `
    export const options = { jsonSchema: {}, parse: (value) => ({ ok: true, value }) };
    export const create = () => ({
      checks: () => [],
      devices: () => [{ id: 'gpu:A', scope: 'gpu', name: '', facts: {}, overlaps: [] }],
      channels: () => [{ deviceId: 'gpu:A', quantity: 'powerW', measured: true, minPeriodMs: 1, resolution: 1,
        accuracyRel: 0.05, ${name}: ${value} }],
      open: () => ({ read: () => 0, close: () => undefined }),
    });`;
  const ref: PluginRef = {
    kind: 'meter',
    id: 'odd',
    moduleUrl: `data:text/javascript,${encodeURIComponent(source)}`,
    options: {},
  };
  const settings: EnergySettings = { meters: 'auto', require: 'any' };
  const { usable, findings } = await surveyMeters(
    [ref],
    settings,
    { cacheDir: '' },
    new AbortController().signal,
  );
  expect(usable).toEqual([]);
  expect(findings[0]?.message).toContain(`powerW of gpu:A has ${name} ${value}`);
});

it('leaves out devices and channels of scopes and quantities that are not known, and names them', async () => {
  const source = `
    const device = (id, scope) => ({ id, scope, name: id, facts: {}, overlaps: [] });
    const channel = (deviceId, quantity) =>
      ({ deviceId, quantity, measured: true, minPeriodMs: 1, resolution: 1, accuracyRel: 0 });
    export const options = { jsonSchema: {}, parse: (value) => ({ ok: true, value }) };
    export const create = () => ({
      checks: () => [],
      devices: () => [device('cpu:0', 'cpu'), device('tpu:0', 'tpu')],
      channels: (of) => of.flatMap(({ id }) => [channel(id, 'energyJ'), channel(id, 'fanRpm')]),
      open: () => null,
    });`;
  const moduleUrl = `data:text/javascript,${encodeURIComponent(source)}`;
  const refs: PluginRef[] = [{ kind: 'meter', id: 'later', moduleUrl, options: {} }];
  const settings: EnergySettings = { meters: ['later'], require: 'any' };
  const { signal } = new AbortController();
  const { usable, findings } = await surveyMeters(refs, settings, { cacheDir: '' }, signal);
  expect(ids(usable)).toEqual(['cpu:0']);
  expect(usable[0]?.channels.map(({ quantity }) => quantity)).toEqual(['energyJ']);
  expect(findings.map(({ id, status }) => `${id} ${status}`)).toEqual(['later.known warning']);
  expect(findings[0]?.message).toContain('tpu:0 (scope "tpu"), cpu:0 (quantity "fanRpm")');
});
