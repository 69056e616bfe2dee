/**
 * Meters that do all that is asked but one thing, which the option `breaks` names by the id of its rule; nothing with ''. Plain JavaScript, so that
 * threads can import it.
 */
import { setInterval } from 'node:timers';
import { isMainThread } from 'node:worker_threads';
import { absent, definePlugin, llemError, ok, READ_OK } from '@llem/core';
import { z } from 'zod';

const FAULT = 5;
/** What is counted on by, of each device, in joules. */
const STEPS_J = [10, 3];

const NEVER = new Int32Array(new SharedArrayBuffer(4));

/** What all of them read. */
export const source = {
  joules: [1_000, 2_000],
  isAtFault: false,
  faults: 0,
  count() {
    this.joules = this.joules.map((joules, device) => joules + STEPS_J[device]);
  },
  setFault(isAtFault) {
    this.isAtFault = isAtFault;
    if (isAtFault) this.faults += 1;
  },
};

const optionsSchema = z
  .strictObject({
    breaks: z.string().default('').describe('A rule.'),
    nothing: z.boolean().default(false).describe('Whether there is nothing to read.'),
  })
  .describe('A meter that breaks a rule.');

export const { options, create } = definePlugin(optionsSchema, (_, { breaks, nothing }) => {
  const is = (rule) => rule === breaks;
  const state = { looks: 0, isClosed: false, hasBeenClosed: false };
  return {
    checks: () => [checkOf(is, nothing)],
    devices() {
      state.looks += 1;
      if (nothing && !is('meter.nothing.empty')) return [];
      const devices = devicesOf(is);
      return is('meter.devices.stable') && state.looks % 2 === 0 ? devices.reverse() : devices;
    },
    channels(devices) {
      const all = devicesOf(is).flatMap(({ id }, device) => channelsOf(id, device, is));
      if (is('meter.channels.devices') && devices.length > 0) return all;
      return all.filter(({ deviceId }) => devices.some(({ id }) => id === deviceId));
    },
    open: (channels) => openProbe(channels, state, is),
    processes(devices) {
      if (is('meter.processes.total') && devices.length === 0) throw new Error('of nothing');
      return devices.map(({ id }) => ({
        deviceId: id,
        pid: is('meter.processes.sense') ? -1 : process.pid,
        memoryBytes: null,
      }));
    },
    explain(code) {
      if (code === FAULT) return is('meter.faults.explained') ? '' : 'the source is at fault';
      if (is('meter.explain.total')) throw new Error(`what is ${code}?`);
      return `error ${code}`;
    },
  };
});

const checkOf = (is, nothing) => ({
  id: is('meter.checks.named') ? 'readable' : 'broken.readable',
  title: 'Readable',
  run() {
    if (nothing && !is('meter.nothing.told')) return Promise.resolve(absent('Nothing.', 'Get one.'));
    return is('meter.checks.total') ? Promise.reject(new Error('no idea')) : Promise.resolve(ok('It is.'));
  },
});

const devicesOf = (is) => [
  {
    id: is('meter.devices.ids') ? 'gpu-a' : 'gpu:a',
    scope: 'gpu',
    name: is('meter.devices.named') ? '' : 'A',
    facts: is('meter.devices.plain') ? { since: new Date() } : {},
    overlaps: is('meter.devices.overlaps') ? ['cpu'] : ['node:*'],
    gpu: {
      driver: null,
      vbios: '1',
      memoryBytes: 1,
      powerLimitW: { enforced: 1, default: 1, min: 1, max: 1 },
      persistence: true,
      partitioned: false,
      ecc: true,
    },
    reasons: is('meter.devices.reasons') ? {} : { driver: 'it has none' },
  },
  { id: 'cpu:b', scope: 'cpu', name: 'B', facts: {}, overlaps: [] },
];

function channelsOf(deviceId, device, is) {
  const of = (quantity, accuracyRel) => ({
    deviceId,
    quantity,
    ...(is('meter.channels.measured') ? {} : { measured: true }),
    minPeriodMs: is('meter.read.quick') ? 0.5 : 5,
    resolution: is('meter.channels.resolution') ? Infinity : 0.001,
    accuracyRel,
    ...(is('meter.channels.period') ? { averagedMs: 0 } : {}),
  });
  const energy = of('energyJ', is('meter.channels.accuracy') ? 5 : 0.05);
  if (device > 0) return [energy];
  return [
    energy,
    ...(is('meter.channels.quantities') ? [{ ...energy }] : []),
    of('powerW', 0.05),
    of('temperatureC', 0),
  ];
}

function openProbe(channels, state, is) {
  if (is('meter.close.reopens') && state.hasBeenClosed) throw new Error('It was closed.');
  state.isClosed = false;
  if (is('meter.thread.ends')) {
    const timer = setInterval(() => undefined, 1_000);
    if (isMainThread) timer.unref();
  }
  const known = devicesOf(is).map(({ id }) => id);
  const read = is('meter.read.order') ? known.flatMap((id, device) => channelsOf(id, device, is)) : channels;
  const devices = read.map(({ deviceId }) => known.indexOf(deviceId));
  if (channels.some(({ deviceId }) => !known.includes(deviceId)) && !is('meter.open.unknown'))
    throw llemError('LLEM_E_METER', 'No such device.', { remedy: 'Name another.' });
  const atOpen = { joules: source.joules, faults: source.faults };
  let kept = null;
  let closes = 0;
  const valueOf = (index) => {
    const { quantity } = read[index];
    if (quantity === 'powerW') return is('meter.read.values') ? 300_000 : 300;
    if (quantity === 'temperatureC') return 40;
    const device = devices[index];
    if (is('meter.energy.grows')) return 7;
    if (is('meter.faults.repaired') && source.faults > atOpen.faults) return 0;
    const joules = source.joules[device] ?? 0;
    const isLate = joules > (atOpen.joules[device] ?? 0) + 3 * STEPS_J[device];
    return is('meter.energy.never-falls') && isLate ? 0 : joules;
  };
  return {
    read(out, index) {
      if (is('meter.read.garbage')) kept = new Array(50).fill(index);
      if (is('meter.read.quick')) Atomics.wait(NEVER, 0, 0, 1);
      if (is('meter.read.place')) out[(index + 1) % out.length] = kept ?? 0;
      out[index] = valueOf(index);
      if (is('meter.close.alone') && state.isClosed) return FAULT;
      if (is('meter.thread.reads') && !isMainThread) return FAULT;
      if (!source.isAtFault) return READ_OK;
      if (!is('meter.faults.told')) out[index] = Number.NaN;
      return FAULT;
    },
    close() {
      closes += 1;
      state.isClosed = true;
      state.hasBeenClosed = true;
      if (is('meter.close.twice') && closes > 1) throw new Error('It was closed.');
    },
  };
}
