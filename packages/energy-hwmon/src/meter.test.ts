/** The hwmon meter, on trees of files made for the purpose. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { READ_OK, type Finding, type Quantity } from '@llem/core';
import { readEvery } from '@llem/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { create, hwmonMeter, options } from './meter.js';

const GIB = 1_024 ** 3;

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'llem-hwmon-'));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

type Files = Readonly<Record<string, string | number>>;

function write(folder: string, files: Files): string {
  mkdirSync(folder, { recursive: true });
  for (const [name, value] of Object.entries(files)) writeFileSync(join(folder, name), `${value}\n`);
  return folder;
}

/** A folder of /sys/class/hwmon whose `device` is somewhere on the bus. */
function chip(number: number, bus: string, own: Files, device: Files): void {
  const folder = write(join(root, `hwmon${number}`), own);
  symlinkSync(write(join(root, 'devices', bus), device), join(folder, 'device'));
}
function amd(number: number, bus: string, own: Files = {}, device: Files = {}): void {
  chip(
    number,
    bus,
    { name: 'amdgpu', temp1_input: 51_000, power1_cap: 750_000_000, power1_cap_max: 750_000_000, ...own },
    { mem_info_vram_total: 192 * GIB, mem_info_vram_used: 3 * GIB, gpu_busy_percent: 42, ...device },
  );
}
function grace(number: number, label: string, microwatts: number, more: Files = {}): void {
  chip(
    number,
    `NVDA200${number}:00`,
    { name: 'power_meter' },
    {
      power1_oem_info: label,
      power1_average: microwatts,
      power1_average_interval: 50,
      ...more,
    },
  );
}
/** A Grace Hopper node with two modules. */
function superchips(): void {
  grace(1, 'Module Power Socket 0', 612_000_000);
  grace(2, 'Grace Power Socket 0', 101_500_000);
  grace(3, 'CPU Power Socket 0', 61_000_000);
  grace(4, 'SysIO Power Socket 0', 21_000_000);
  grace(11, 'Grace Power Socket 1', 99_000_000);
}

const ids = () =>
  hwmonMeter(root)
    .devices()
    .map(({ id }) => id);
function openAll() {
  const meter = hwmonMeter(root);
  const channels = meter.channels(meter.devices());
  const probe = meter.open(channels);
  const out = new Float64Array(channels.length);
  const valueOf = (deviceId: string, quantity: Quantity) =>
    out[channels.findIndex((each) => each.deviceId === deviceId && each.quantity === quantity)];
  return { channels, probe, out, valueOf };
}
async function check(path = root): Promise<Finding | undefined> {
  return hwmonMeter(path).checks()[0]?.run(new AbortController().signal);
}

describe('Grace', () => {
  it('has a device for each socket and each module; parts of a socket are not billed again', () => {
    superchips();
    expect(ids()).toEqual(['node:hwmon-module-0', 'cpu:grace-0', 'cpu:grace-1']);
  });

  it('is read in watts, means of the interval that the kernel tells', () => {
    superchips();
    const { channels, probe, out } = openAll();
    expect(readEvery(probe, out)).toBe(READ_OK);
    expect([...out].map((watts) => Math.round(watts * 10) / 10)).toEqual([612, 101.5, 99]);
    expect(channels[1]).toMatchObject({
      quantity: 'powerW',
      averagedMs: 50,
      minPeriodMs: 50,
      measured: true,
    });
    probe.close();
  });

  it('is found where one meter has several sensors, and beside its `device`', () => {
    write(join(root, 'hwmon0'), {
      name: 'power_meter',
      power1_oem_info: 'CPU Power Socket 0',
      power1_average: 1,
      power2_oem_info: 'Grace Power Socket 0',
      power2_average: 80_000_000,
    });
    const { probe, out, valueOf } = openAll();
    readEvery(probe, out);
    expect(valueOf('cpu:grace-0', 'powerW')).toBeCloseTo(80, 6);
    probe.close();
  });

  it('says that socket and module contain each other', () => {
    superchips();
    const [module, socket] = hwmonMeter(root).devices();
    expect(socket?.overlaps).toContain(module?.id);
  });
});

describe('an AMD GPU', () => {
  it('goes by its serial number, and without one by its address', () => {
    amd(0, '0000:c1:00.0', { power1_input: 300_000_000 }, { unique_id: '6ba4feca4d49c1b2' });
    amd(1, '0000:c4:00.0', { power1_input: 300_000_000 });
    expect(ids()).toEqual(['gpu:GPU-6ba4feca4d49c1b2', 'gpu:0000:c4:00.0']);
  });

  it('tells its limits and its memory', () => {
    amd(
      0,
      '0000:c1:00.0',
      { power1_input: 1 },
      { product_name: 'AMD Instinct MI300X', current_compute_partition: 'CPX' },
    );
    const [device] = hwmonMeter(root).devices();
    expect(device?.name).toBe('AMD Instinct MI300X');
    expect(device?.gpu).toMatchObject({
      memoryBytes: 192 * GIB,
      powerLimitW: { enforced: 750, max: 750, min: null },
      partitioned: true,
      persistence: null,
    });
    expect(device?.reasons?.['energyJ']).toContain('no counter');
  });

  it('is read in watts, degrees, bytes and parts of one', () => {
    amd(0, '0000:c1:00.0', { power1_input: 312_000_000, power1_average: 290_000_000 });
    const { probe, out, valueOf } = openAll();
    expect(readEvery(probe, out)).toBe(READ_OK);
    const of = (quantity: Quantity) => valueOf('gpu:0000:c1:00.0', quantity);
    expect(of('powerW')).toBeCloseTo(312, 6);
    expect(of('temperatureC')).toBe(51);
    expect(of('memoryBytes')).toBe(3 * GIB);
    expect(of('utilization')).toBeCloseTo(0.42, 9);
    probe.close();
  });

  it('is read by its average where that is all there is', () => {
    amd(0, '0000:c1:00.0', { power1_average: 290_000_000 });
    const { probe, out, valueOf } = openAll();
    readEvery(probe, out);
    expect(valueOf('gpu:0000:c1:00.0', 'powerW')).toBeCloseTo(290, 6);
    probe.close();
    expect(hwmonMeter(root).devices()[0]?.facts['power']).toBe('power1_average');
  });

  it('that says 0 W has no power, as the second die of a card', () => {
    amd(0, '0000:c1:00.0', { power1_average: 290_000_000 });
    amd(1, '0000:c6:00.0', { power1_average: 0 });
    expect(ids()).toEqual(['gpu:0000:c1:00.0']);
  });

  it('without memory of its own is part of a processor, and none', () => {
    amd(0, '0000:c1:00.0', { power1_input: 15_000_000 }, { mem_info_vram_total: 0 });
    expect(ids()).toEqual([]);
  });

  it('gives NaN and an error, never 0, when it is switched off in the middle, and then goes on', () => {
    amd(0, '0000:c1:00.0', { power1_input: 312_000_000 });
    const { probe, out } = openAll();
    const show = (value: string) => writeFileSync(join(root, 'hwmon0', 'power1_input'), value);
    for (const nothing of ['', '0\n']) {
      show(nothing);
      expect(readEvery(probe, out)).toBe(constants.errno.EIO);
      expect([out[0], out[1]]).toEqual([Number.NaN, 51]);
    }
    show('300000000\n');
    expect(readEvery(probe, out)).toBe(READ_OK);
    expect(hwmonMeter(root).explain?.(constants.errno.EIO)).toContain('EIO');
    probe.close();
  });
});

describe('the check', () => {
  it('names what is read', async () => {
    superchips();
    expect(await check()).toMatchObject({ status: 'ok' });
  });

  it('finds nothing wrong with a machine that has neither', async () => {
    write(join(root, 'hwmon0'), { name: 'coretemp', temp1_input: 40_000 });
    expect(await check()).toMatchObject({ absent: true });
    expect(await check(join(root, 'nowhere'))).toMatchObject({ absent: true });
  });

  it('warns of a GPU without power', async () => {
    amd(0, '0000:c1:00.0');
    const finding = await check();
    expect(finding?.status).toBe('warning');
    expect(finding?.message).toContain('gpu:0000:c1:00.0');
  });
});

it('fails with what to do when a sensor cannot be opened', () => {
  superchips();
  const meter = hwmonMeter(root);
  const channels = meter.channels(meter.devices());
  rmSync(join(root, 'devices', 'NVDA2002:00', 'power1_average'));
  expect(() => meter.open(channels)).toThrow(expect.objectContaining({ code: 'LLEM_E_METER' }));
});

it('options choose the folder and refuse unknown keys', () => {
  superchips();
  expect(options.parse({})).toEqual({ ok: true, value: { path: '/sys/class/hwmon' } });
  expect(options.parse({ root }).ok).toBe(false);
  expect(create({ cacheDir: '' }, { path: root }).devices()).toHaveLength(3);
});
