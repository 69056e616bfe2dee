/** What it tells of this machine: its checks, who uses its devices, and that there is nothing where there is nothing. */
import type { Device, DeviceProcess, Meter } from '@llem/core';
import { demandNames, findingsOf } from '../../checks.js';
import { demand } from '../../rule.js';
import { instanceOf } from '../../package/subject.js';
import { withoutThrow } from '../bench.js';
import { rule, type MeterRule } from './rule.js';

const withNothing = (
  id: string,
  title: string,
  check: (meter: Meter) => Promise<void> | void,
): MeterRule => ({
  id,
  title,
  leftOut: ({ nothing }) =>
    nothing === null ? 'the test gives no options under which it finds nothing' : null,
  async check(subject) {
    await check(instanceOf('meter', { ...subject, options: subject.nothing ?? {} }));
  },
});

const stranger: Device = {
  id: 'gpu:conformance-none',
  scope: 'gpu',
  name: 'none',
  facts: {},
  overlaps: [],
};

const processesOf = (meter: Meter, of: readonly Device[]): readonly DeviceProcess[] | null =>
  withoutThrow('processes()', () => meter.processes?.(of) ?? null);

export const machineRules: readonly MeterRule[] = [
  rule('meter.checks.named', 'its checks have dotted ids of their own and titles', ({ meter }) => {
    demandNames(meter.checks());
  }),

  rule(
    'meter.checks.total',
    'its checks find something, and nothing failed where it can be used',
    async ({ meter }) => {
      const found = await findingsOf(meter.checks());
      const failed = found.find(({ status }) => status === 'failed');
      demand(
        failed === undefined,
        `It has devices, and a check failed, so that nobody will use it: ${failed?.message ?? ''}`,
      );
    },
  ),

  rule('meter.processes.total', 'processes() never throws', ({ meter, devices }) => {
    for (const of of [[], devices, [stranger]]) processesOf(meter, of);
  }),

  rule(
    'meter.processes.sense',
    'processes() tells of the devices that it was asked of',
    ({ meter, devices }) => {
      for (const device of devices) {
        for (const { deviceId, pid, memoryBytes } of processesOf(meter, [device]) ?? []) {
          demand(deviceId === device.id, `Asked of ${device.id}, processes() tells of ${deviceId}.`);
          demand(Number.isInteger(pid) && pid > 0, `processes() tells of the process ${pid}.`);
          demand(
            memoryBytes === null || memoryBytes >= 0,
            `processes() tells of ${String(memoryBytes)} bytes of memory.`,
          );
        }
      }
    },
  ),

  withNothing('meter.nothing.empty', 'has no device where there is nothing', (meter) => {
    const devices = withoutThrow('devices()', () => meter.devices());
    demand(
      devices.length === 0,
      `Where nothing is to be found it has ${devices.map(({ id }) => id).join(', ')}.`,
    );
    withoutThrow('channels([])', () => meter.channels([]));
    processesOf(meter, [stranger]);
  }),

  withNothing('meter.nothing.told', 'a check has failed where there is nothing', async (meter) => {
    const found = await findingsOf(meter.checks());
    demand(
      found.some(({ status }) => status === 'failed'),
      'Where nothing is to be found no check has failed, so that people take it for usable.',
    );
  }),
];
