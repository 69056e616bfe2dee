/** Everything that can be wrong with a driver or a GPU: a reason, never a zero, never a crash. */
import { READ_OK, type Finding, type Meter } from '@llem/core';
import type { NvmlCall, SimulatedNvmlInput } from '@llem/testkit';
import { describe, expect, it } from 'vitest';
import { cannotOpen } from './checks.js';
import { explainCode } from './codes.js';
import { nvmlMeter } from './meter.js';
import { readAll, simulatedNvml } from './simulated.fixture.js';

const { start, folder, pciRoot, addPciDevice } = simulatedNvml();
const GPU = 'gpu:GPU-00000000-0000-0000-0000-000000000000';
const LOST = 15;
/** The driver's library where the system has it. */
const UNNAMED = { path: 'libnvidia-ml.so.1', named: false };

const quantities = (meter: Meter) => meter.channels(meter.devices()).map(({ quantity }) => quantity);
const reasons = (meter: Meter) => meter.devices()[0]?.reasons;
async function finding(meter: Meter, id = 'nvml.readable'): Promise<Finding> {
  const check = meter.checks().find((each) => each.id === id);
  if (check === undefined) throw new Error(`no check ${id}`);
  return check.run(new AbortController().signal);
}

/** The calls behind each quantity, each of which may be missing from a driver or refuse. */
const CALLS = [
  ['energyJ', ['nvmlDeviceGetTotalEnergyConsumption']],
  ['powerW', ['nvmlDeviceGetFieldValues', 'nvmlDeviceGetPowerUsage']],
  ['temperatureC', ['nvmlDeviceGetTemperature']],
  ['clockMHz', ['nvmlDeviceGetClockInfo']],
  ['throttle', ['nvmlDeviceGetCurrentClocksEventReasons', 'nvmlDeviceGetCurrentClocksThrottleReasons']],
  ['powerThrottleS', ['nvmlDeviceGetViolationStatus']],
  ['utilization', ['nvmlDeviceGetUtilizationRates']],
  ['memoryBytes', ['nvmlDeviceGetMemoryInfo_v2', 'nvmlDeviceGetMemoryInfo']],
] as const satisfies readonly (readonly [string, readonly NvmlCall[]])[];

describe('a quantity', () => {
  it.each(CALLS)('%s of a driver that lacks %j has no channel, and a reason', (quantity, calls) => {
    const { meter } = start({}, {}, calls);
    expect(quantities(meter)).not.toContain(quantity);
    expect(quantities(meter).length).toBeGreaterThan(6);
    expect(reasons(meter)?.[quantity]).toContain('this version of the driver does not have it');
  });

  it.each(CALLS)('%s that a GPU does not support has no channel, and a reason', (quantity, calls) => {
    const { meter } = start({ gpus: [{ errors: Object.fromEntries(calls.map((call) => [call, 3])) }] });
    expect(quantities(meter)).not.toContain(quantity);
    expect(reasons(meter)?.[quantity]).toContain('this GPU does not support it');
  });

  it.each(CALLS)(
    '%s that stops being told is NaN with the code of NVML, and comes back',
    (quantity, calls) => {
      const { nvml, meter } = start();
      const { read, close } = readAll(meter, (channel) => channel.quantity === quantity);
      const before = read();
      for (const call of calls) nvml.fail(0, call, 4);
      expect(read()).toEqual({ code: 4, values: { [quantity]: Number.NaN }, out: [Number.NaN] });
      for (const call of calls) nvml.fail(0, call, 0);
      expect(read()).toEqual(before);
      close();
    },
  );

  it('whose field fails while the call succeeds is NaN, not what the field held before', () => {
    const { nvml, meter } = start({ gpus: [{ power_w: 333 }] });
    const { read, close } = readAll(meter, ({ quantity }) => quantity === 'powerW');
    expect(read().values.powerW).toBe(333);
    nvml.failField(0, 'powerInstant', 27);
    expect(read()).toMatchObject({ code: 27, values: { powerW: Number.NaN } });
    close();
  });

  it('of an instant never becomes a mean, even when its own source does not answer as it is opened', () => {
    const { nvml, meter } = start({ gpus: [{ power_w: 333 }] });
    const channels = meter.channels(meter.devices()).filter(({ quantity }) => quantity === 'powerW');
    nvml.failField(0, 'powerInstant', 27);
    const probe = meter.open(channels);
    const out = new Float64Array(1);
    expect([probe.read(out, 0), ...out]).toEqual([27, Number.NaN]);
    nvml.failField(0, 'powerInstant', 0);
    expect([probe.read(out, 0), ...out]).toEqual([READ_OK, 333]);
    probe.close();
  });

  it.each([2, 3, 4, 9, 10, 11, 14, 15, 16, 17, 19, 20, 21, 23, 25, 26, 27, 28, 29, 999, 12_345])(
    'refused with code %d is NaN, while the others are read',
    (code) => {
      const { nvml, meter } = start();
      const { read, close } = readAll(meter);
      nvml.fail(0, 'nvmlDeviceGetTemperature', code);
      const { values, code: told } = read();
      close();
      expect([told, values.temperatureC, values.powerW]).toEqual([code, Number.NaN, 300]);
      expect(explainCode(told).length).toBeGreaterThan(5);
    },
  );
});

describe('older and newer drivers', () => {
  it('tell the reasons of clocks under their older name', () => {
    const { meter } = start({ gpus: [{ reasons: 0x80 }] }, {}, ['nvmlDeviceGetCurrentClocksEventReasons']);
    expect(readAll(meter).read().values.throttle).toBe(0x80);
  });

  it.each([
    ['lack the second version of memory', {}, ['nvmlDeviceGetMemoryInfo_v2']],
    ['know another layout of it', { nvmlDeviceGetMemoryInfo_v2: 25 }, []],
  ] as const)('that %s tell what is used with what they keep for themselves', (_, errors, without) => {
    const { meter } = start({ gpus: [{ errors, memory: { used: 1_000, reserved: 24 } }] }, {}, without);
    const { read, close } = readAll(meter);
    expect(read().values.memoryBytes).toBe(1_024);
    close();
  });

  it('tell the processes in an older version', () => {
    const { meter } = start({ gpus: [{ processes: [{ pid: 7 }] }] }, {}, [
      'nvmlDeviceGetComputeRunningProcesses_v3',
      'nvmlDeviceGetGraphicsRunningProcesses_v3',
    ]);
    expect(meter.processes?.(meter.devices())).toEqual([{ deviceId: GPU, pid: 7, memoryBytes: null }]);
  });

  it.each([
    ['a type that is not known', { field_types: { powerInstant: 9 } }],
    ['nothing, as power of 0 W', { power: { gain: 0 } }],
  ])('whose field has %s do not tell power by it', (_, gpu) => {
    const { meter } = start({ gpus: [gpu] });
    expect(meter.devices()[0]?.facts['sources']).not.toMatchObject({ powerW: 'field 186' });
  });

  it('that widen a field are read all the same', () => {
    const { meter } = start({ gpus: [{ power_w: 250, field_types: { powerInstant: 3 } }] });
    const { read, close } = readAll(meter);
    expect(read().values.powerW).toBe(250);
    close();
  });
});

describe('a GPU that is lost while it is read', () => {
  it('gives NaN and code 15 everywhere, and the other one goes on', () => {
    const { nvml, meter } = start({ gpus: [{ lost_at_s: 1_001 }, { power_w: 310 }] });
    const { channels, read, close } = readAll(meter);
    expect(read().code).toBe(READ_OK);
    nvml.setNowNs(1_001e9);
    const { code, out } = read();
    close();
    expect(code).toBe(LOST);
    expect(meter.explain?.(code)).toContain('lost');
    for (const [index, { deviceId, quantity }] of channels.entries()) {
      if (deviceId === GPU) expect(out[index]).toBeNaN();
      else if (quantity === 'powerW') expect(out[index]).toBe(310);
      else expect(out[index]).not.toBeNaN();
    }
  });

  it('is a warning that names it, and no device', async () => {
    const { meter } = start({ gpus: [{}, { lost_at_s: 0 }] });
    expect(meter.devices()).toHaveLength(1);
    expect(await saying(meter)).toEqual(['warning', expect.stringContaining('GPU 1: the GPU is lost')]);
  });
});

it('a counter that begins again, as after a reload of the driver, falls, so that whoever reads it sees the break', () => {
  const { nvml, meter } = start({ gpus: [{ counter: { reset_at_s: 1_000.5 } }] });
  const { read, close } = readAll(meter, ({ quantity }) => quantity === 'energyJ');
  const { energyJ: before = 0 } = read().values;
  nvml.setNowNs(1_001e9);
  const { energyJ: after = Number.NaN } = read().values;
  close();
  expect(before).toBe(5_300_000);
  expect(after).toBeCloseTo(150, 2);
});

/** Status and message of a check. */
async function saying(meter: Meter, id?: string): Promise<[Finding['status'], string]> {
  const { status, message } = await finding(meter, id);
  return [status, message];
}

describe('the check', () => {
  it.each([
    ['no permission', 4, 'failed', '/dev/nvidia'],
    ['versions that differ', 18, 'failed', 'restart'],
    ['an unknown error', 999, 'failed', 'nvidia-smi'],
  ])('fails with what to do for %s', async (_, code, status, remedy) => {
    const { meter } = start({ errors: { nvmlInit_v2: code } });
    const found = await finding(meter);
    expect(found.status).toBe(status);
    expect(found.remedy).toContain(remedy);
    expect(found.absent).toBeUndefined();
  });

  it('finds nothing wrong with a machine that has no NVIDIA GPU', async () => {
    addPciDevice('0000:00:02.0', { vendor: '0x8086', class: '0x030000' });
    for (const root of [pciRoot, '/nowhere']) {
      expect(cannotOpen(UNNAMED, { code: null, reason: 'no such file' }, root)).toMatchObject({
        absent: true,
      });
    }
    expect(await finding(start({ errors: { nvmlInit_v2: 9 } }).meter)).toMatchObject({ absent: true });
  });

  it('fails where a library that was named is not there, whatever else the machine has', async () => {
    const library = `${folder}/missing.so.1`;
    const { absent, status, message, remedy } = await finding(nvmlMeter(library, {}, '/nowhere'));
    expect([absent, status]).toEqual([undefined, 'failed']);
    expect(message).toContain(library);
    expect(remedy).toContain('LLEM_NVML_LIBRARY');
  });

  it('says of a library that is another one that it is', async () => {
    const { meter } = start({}, {}, ['nvmlInit_v2']);
    const { status, message, remedy } = await finding(meter);
    expect(status).toBe('failed');
    expect(message).toContain('not the library of an NVIDIA driver');
    expect(remedy).toContain('LLEM_NVML_LIBRARY');
  });

  it('names a GPU in the machine whose driver is not there', () => {
    addPciDevice('0000:0a:00.0', { vendor: '0x10de', class: '0x030200' });
    const { absent, status, message } = cannotOpen(UNNAMED, { code: null, reason: 'no such file' }, pciRoot);
    expect([absent, status]).toEqual([undefined, 'failed']);
    expect(message).toContain('There is an NVIDIA GPU, and its driver cannot be asked');
  });

  it.each<readonly [string, SimulatedNvmlInput, Finding['status'], string]>([
    [
      'names the GPUs as a study may name them',
      { gpus: [{}, { name: 'NVIDIA A40' }] },
      'ok',
      '2 of 2 GPUs: 0: GPU-00000000-0000-0000-0000-000000000000 (NVIDIA H100 80GB HBM3), ' +
        '1: GPU-00000000-0000-0000-0000-000000000001 (NVIDIA A40).',
    ],
    [
      'warns of a missing counter and of power that is a mean',
      { gpus: [{ errors: { nvmlDeviceGetTotalEnergyConsumption: 3 }, field_errors: { powerInstant: 3 } }] },
      'warning',
      'its power is a mean of 1000 ms',
    ],
    [
      'fails where no GPU tells anything of energy',
      {
        gpus: [
          {
            errors: {
              nvmlDeviceGetTotalEnergyConsumption: 4,
              nvmlDeviceGetFieldValues: 4,
              nvmlDeviceGetPowerUsage: 4,
            },
          },
        ],
      },
      'failed',
      'no permission',
    ],
    ['fails where every GPU is lost', { gpus: [{ lost_at_s: 0 }] }, 'failed', 'the GPU is lost'],
    [
      'fails where the driver does not count them',
      { errors: { nvmlDeviceGetCount_v2: 999 } },
      'failed',
      'internal',
    ],
  ])('%s', async (_, settings, status, message) => {
    const { meter } = start(settings);
    expect(await saying(meter)).toEqual([status, expect.stringContaining(message)]);
  });

  it('warns where CUDA_VISIBLE_DEVICES hides every GPU', async () => {
    const { meter } = start({}, { CUDA_VISIBLE_DEVICES: '' });
    expect(await saying(meter)).toEqual(['warning', expect.stringContaining('hides all')]);
  });

  it.each<readonly [string, SimulatedNvmlInput, Record<string, string>, Finding['status'], string]>([
    ['is content with a GPU as it should be', {}, {}, 'ok', ''],
    ['warns of MIG', { gpus: [{ mig: true }] }, {}, 'warning', `MIG is on (${GPU})`],
    [
      'warns without persistence mode',
      { gpus: [{ persistence: false }] },
      {},
      'warning',
      'counter begins again',
    ],
    [
      'warns of indices in an unknown order',
      { gpus: [{ name: 'A' }, { name: 'B' }] },
      { CUDA_VISIBLE_DEVICES: '1' },
      'warning',
      'an order that is not known',
    ],
  ])('of the settings %s', async (_, settings, env, status, message) => {
    const { meter } = start(settings, env);
    expect(await saying(meter, 'nvml.settings')).toEqual([status, expect.stringContaining(message)]);
  });
});
