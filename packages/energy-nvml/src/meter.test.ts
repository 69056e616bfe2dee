/** The NVML meter through its native calls, on a simulated driver. */
import { READ_OK, throttleReasons, type Channel, type Device } from '@llem/core';
import { readEvery } from '@llem/testkit';
import { describe, expect, it } from 'vitest';
import { create, options } from './meter.js';
import { readAll, simulatedNvml } from './simulated.fixture.js';

const { start, addPciDevice } = simulatedNvml();
const uuid = (index: number) => `GPU-00000000-0000-0000-0000-00000000000${index}`;
const ids = (devices: readonly Device[]) => devices.map(({ id }) => id);
const energyAndPower = ({ quantity }: Channel) => quantity === 'energyJ' || quantity === 'powerW';

describe('devices', () => {
  it('are the GPUs by UUID, in the order of the bus whatever NVML counts', () => {
    const { meter } = start({ gpus: [{ bus: 0xc1 }, { bus: 0x1b }, { bus: 0x41 }] });
    expect(ids(meter.devices())).toEqual([`gpu:${uuid(1)}`, `gpu:${uuid(2)}`, `gpu:${uuid(0)}`]);
  });

  it('tell the limits, modes and versions that a result is judged by', () => {
    const { meter } = start({
      gpus: [
        { limits_w: { enforced: 500, default: 700, min: 200, max: 700 }, ecc: false, persistence: false },
      ],
    });
    const [device] = meter.devices();
    expect(device?.gpu).toEqual({
      driver: '580.65.06',
      vbios: '96.00.74.00.01',
      memoryBytes: 80 * 1_024 ** 3,
      powerLimitW: { enforced: 500, default: 700, min: 200, max: 700 },
      persistence: false,
      partitioned: false,
      ecc: false,
    });
    expect(device?.facts).toMatchObject({ cuda: '13.0', pciBusId: '0000:01:00.0', counterCovers: 'gpu' });
    expect(device?.reasons).toEqual({});
  });

  it('have null and a reason for a fact that the driver does not tell', () => {
    const { meter } = start({
      gpus: [
        { errors: { nvmlDeviceGetEnforcedPowerLimit: 4, nvmlDeviceGetEccMode: 3, nvmlDeviceGetMigMode: 3 } },
      ],
    });
    const [device] = meter.devices();
    expect(device?.gpu).toMatchObject({
      powerLimitW: { enforced: null, max: 700 },
      ecc: null,
      partitioned: false,
    });
    expect(device?.reasons).toEqual({
      'powerLimitW.enforced': 'no permission',
      ecc: 'this GPU does not support it',
    });
  });

  it('are the visible ones, in their order', () => {
    const { meter } = start({ gpus: [{}, {}, {}] }, { CUDA_VISIBLE_DEVICES: `2,${uuid(0)}` });
    expect(ids(meter.devices())).toEqual([`gpu:${uuid(2)}`, `gpu:${uuid(0)}`]);
  });

  it('stand for their MIG instances, whose energy nobody can tell apart', () => {
    const { meter } = start(
      { gpus: [{}, { mig: true, mig_uuids: ['MIG-aaaa', 'MIG-bbbb'] }] },
      { CUDA_VISIBLE_DEVICES: 'MIG-bbbb' },
    );
    const [device, ...others] = meter.devices();
    expect([device?.id, device?.gpu?.partitioned, others]).toEqual([`gpu:${uuid(1)}`, true, []]);
  });

  it('are none, without a crash, where the library is missing or the driver is not loaded', () => {
    const { nvml, meter } = start();
    nvml.fail(null, 'nvmlInit_v2', 9);
    expect(meter.devices()).toEqual([]);
    const elsewhere = create({ cacheDir: '' }, { library: '/nowhere/libnvidia-ml.so.1' });
    expect(elsewhere.devices()).toEqual([]);
    expect(elsewhere.channels([])).toEqual([]);
    expect(() => elsewhere.open([])).toThrow('cannot be asked through /nowhere/libnvidia-ml.so.1');
  });
});

describe('a module that carries GPUs, as a superchip does', () => {
  const superchip = { name: 'NVIDIA GB200', power_w: 800, module_extra_w: 150 };

  it('is a device of the node, once for the GPUs on it, and overlaps them', () => {
    addPciDevice('0000:01:00.0', { numa_node: '0' });
    addPciDevice('0000:02:00.0', { numa_node: '0' });
    addPciDevice('0000:03:00.0', { numa_node: '1' });
    const { meter } = start({ gpus: [superchip, superchip, superchip] });
    const devices = meter.devices();
    expect(devices.filter(({ scope }) => scope === 'node').map(({ id }) => id)).toEqual([
      'node:nvml-module-0',
      'node:nvml-module-1',
    ]);
    expect(devices.find(({ scope }) => scope === 'node')?.facts['askedOf']).toBe(uuid(0));
    expect(devices[0]?.overlaps).toEqual(['node:nvml-module-0']);
    expect(devices[2]?.overlaps).toEqual(['node:nvml-module-1']);
    expect(devices[0]?.facts['counterCovers']).toBe('gpu');
  });

  it('is read apart from its GPU', () => {
    addPciDevice('0000:01:00.0', { numa_node: '0' });
    const { meter } = start({ gpus: [superchip] });
    const { channels, read, close } = readAll(meter, energyAndPower);
    const { out } = read();
    close();
    expect(
      channels.map(({ deviceId, quantity }, index) => [deviceId.slice(0, 4), quantity, out[index]]),
    ).toEqual([
      ['gpu:', 'energyJ', 5_000_000 + 800 * 1_000],
      ['gpu:', 'powerW', 800],
      ['node', 'energyJ', 5_000_000 + 950 * 1_000],
      ['node', 'powerW', 950],
    ]);
  });

  it('is not taken for its GPU where it alone is counted', () => {
    addPciDevice('0000:01:00.0', { numa_node: '0' });
    const { meter } = start({ gpus: [{ ...superchip, counter: { of_module: true } }] });
    expect(meter.channels(meter.devices()).filter(energyAndPower)).toMatchObject([
      { deviceId: `gpu:${uuid(0)}`, quantity: 'powerW' },
      { deviceId: 'node:nvml-module-0', quantity: 'energyJ' },
      { deviceId: 'node:nvml-module-0', quantity: 'powerW' },
    ]);
    expect(meter.devices()[0]?.reasons?.['energyJ']).toContain('covers the module');
  });

  it('is left out where the kernel does not say which GPUs share it', () => {
    addPciDevice('0000:01:00.0', { numa_node: '-1' });
    const { meter } = start({ gpus: [superchip] });
    expect(meter.devices().map(({ scope }) => scope)).toEqual(['gpu']);
  });
});

describe('channels', () => {
  it('are a counter, power of an instant, and the state of each GPU', () => {
    const { meter } = start({ gpus: [{}, {}] });
    const channels = meter.channels(meter.devices());
    expect(
      channels.filter(({ deviceId }) => deviceId === `gpu:${uuid(1)}`).map(({ quantity }) => quantity),
    ).toEqual([
      'energyJ',
      'powerW',
      'temperatureC',
      'clockMHz',
      'memoryClockMHz',
      'throttle',
      'powerThrottleS',
      'thermalThrottleS',
      'utilization',
      'memoryBytes',
    ]);
    expect(channels[0]).toMatchObject({
      measured: true,
      minPeriodMs: 10,
      resolution: 0.001,
      accuracyRel: 0.05,
    });
    expect(channels[1]?.averagedMs).toBeUndefined();
  });

  it('are those of the devices that are asked for', () => {
    const { meter } = start({ gpus: [{}, {}] });
    const [, second] = meter.devices();
    const devices = second === undefined ? [] : [second];
    expect(new Set(meter.channels(devices).map(({ deviceId }) => deviceId))).toEqual(
      new Set([`gpu:${uuid(1)}`]),
    );
  });

  it.each([
    ['Hopper', { architecture: 9, pci_device: 0x2330 }, 1_000],
    ['the GA102 of Ampere', { architecture: 7, pci_device: 0x2236 }, 1_000],
    ['an unknown one', { architecture: 99 }, 1_000],
    ['the GA100 of Ampere', { architecture: 7, pci_device: 0x20b2 }, undefined],
    ['Volta', { architecture: 5, pci_device: 0x1db6 }, undefined],
  ])('fall back to nvmlDeviceGetPowerUsage, and on %s say what it is the mean of', (_, gpu, averagedMs) => {
    const { meter } = start({ gpus: [{ ...gpu, field_errors: { powerInstant: 3 } }] });
    const power = meter.channels(meter.devices()).find(({ quantity }) => quantity === 'powerW');
    expect(power?.averagedMs).toBe(averagedMs);
    expect(meter.devices()[0]?.facts['sources']).toMatchObject({ powerW: 'nvmlDeviceGetPowerUsage' });
  });
});

describe('a probe', () => {
  it('gives every quantity in its unit', () => {
    const { nvml, meter } = start({
      gpus: [
        {
          power_w: 310,
          temperature_c: 61,
          sm_clock_mhz: 1_755,
          memory_clock_mhz: 2_619,
          power_violation_s: 12.5,
          thermal_violation_s: 0.25,
          utilization: 97,
          memory: { used: 7e10 },
        },
      ],
    });
    nvml.set(0, 'reasons', 0x4 + 0x40 + 0x8000);
    const { read, close } = readAll(meter);
    const { code, values } = read();
    close();
    expect(code).toBe(READ_OK);
    expect(values).toEqual({
      energyJ: 5_000_000 + 310 * 1_000,
      powerW: 310,
      temperatureC: 61,
      clockMHz: 1_755,
      memoryClockMHz: 2_619,
      throttle: 0x44,
      powerThrottleS: 12.5,
      thermalThrottleS: 0.25,
      utilization: 0.97,
      memoryBytes: 7e10,
    });
    expect(throttleReasons(values.throttle ?? 0)).toEqual(['powerCap', 'hardwareThermal']);
  });

  it('follows the counter in its steps and power from instant to instant', () => {
    const { nvml, meter } = start({ gpus: [{ power_w: 100, counter: { base_j: 1 } }] });
    const { read, close } = readAll(meter, energyAndPower);
    const at = (ns: number) => {
      nvml.setNowNs(ns);
      return read().values;
    };
    const s = 1e9;
    expect(at(1_000 * s)).toEqual({ energyJ: 100_001, powerW: 100 });
    nvml.draw(0, 700);
    expect(at(1_000.09 * s)).toEqual({ energyJ: 100_001, powerW: 700 });
    expect(at(1_000.1 * s).energyJ).toBeCloseTo(100_071, 3);
    expect(nvml.joulesBetween(0, 1_000 * s, 1_000.1 * s)).toBeCloseTo(70, 6);
    close();
  });

  it('gives the mean of the last second where that is all there is', () => {
    const { nvml, meter } = start({ gpus: [{ power_w: 100, field_errors: { powerInstant: 3 } }] });
    const { read, close } = readAll(meter, ({ quantity }) => quantity === 'powerW');
    nvml.draw(0, 500);
    nvml.setNowNs(1_000.5e9);
    expect(read().values.powerW).toBe(300);
    close();
  });

  it('reads the channels it was opened for, in their order', () => {
    const { meter } = start({ gpus: [{ power_w: 300 }, { power_w: 310 }] });
    const powers = meter.channels(meter.devices()).filter(({ quantity }) => quantity === 'powerW');
    const probe = meter.open(powers.toReversed());
    const out = new Float64Array(2);
    readEvery(probe, out);
    probe.close();
    expect([...out]).toEqual([310, 300]);
  });

  it('can be closed twice, and reads nothing after that', () => {
    const { meter } = start();
    const { read, close } = readAll(meter);
    close();
    close();
    expect(meter.explain?.(read().code)).toBe('NVML is not initialised');
  });

  it('fails to open, and says what to do, when a GPU is not there any more', () => {
    const { nvml, meter } = start({ gpus: [{}, {}] });
    const channels = meter.channels(meter.devices());
    nvml.fail(1, 'nvmlDeviceGetHandleByIndex_v2', 15);
    expect(() => meter.open(channels)).toThrow(`gpu:${uuid(1)} cannot be reached any more`);
    expect(() => meter.open(channels)).toThrow(expect.objectContaining({ code: 'LLEM_E_METER' }));
  });
});

describe('processes', () => {
  it('are all that use a GPU, each once', () => {
    const { meter } = start({
      gpus: [
        {
          processes: [
            { pid: 11, bytes: 5e9 },
            { pid: 12, graphics: true, bytes: 1e6 },
            { pid: 11, graphics: true, bytes: 1e6 },
            { pid: 13 },
          ],
        },
        {},
      ],
    });
    const processes = meter.processes?.(meter.devices()) ?? [];
    expect(processes.toSorted((a, b) => a.pid - b.pid)).toEqual([
      { deviceId: `gpu:${uuid(0)}`, pid: 11, memoryBytes: 5e9 },
      { deviceId: `gpu:${uuid(0)}`, pid: 12, memoryBytes: 1e6 },
      { deviceId: `gpu:${uuid(0)}`, pid: 13, memoryBytes: null },
    ]);
  });

  it('are null where the driver does not tell, which is not nobody', () => {
    const { nvml, meter } = start();
    const devices = meter.devices();
    expect(meter.processes?.(devices)).toEqual([]);
    nvml.fail(0, 'nvmlDeviceGetComputeRunningProcesses_v3', 4);
    expect(meter.processes?.(devices)).toBeNull();
    nvml.fail(null, 'nvmlInit_v2', 9);
    expect(meter.processes?.(devices)).toBeNull();
  });
});

it('options name the library, and refuse unknown keys', () => {
  expect(options.parse({})).toEqual({ ok: true, value: { library: 'libnvidia-ml.so.1' } });
  expect(options.parse({ path: 'x' }).ok).toBe(false);
});
