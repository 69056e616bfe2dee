/** The RAPL meter, on a powercap tree made in a temporary folder. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { READ_OK, type Finding, type Meter } from '@llem/core';
import { readEvery } from '@llem/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readable } from './checks.js';
import { create, options, raplMeter } from './meter.js';
import { readZones } from './zones.js';

const INTEL = 'Intel(R) Xeon(R) Platinum 8480+';
const AMD = 'AMD EPYC 9654 96-Core Processor';
const RANGE_UJ = 262_143_328_850;

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'llem-rapl-'));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

function zone(
  folder: string,
  name: string,
  uj: number | string = 0,
  rangeUj: number | string = RANGE_UJ,
): string {
  const path = join(root, folder);
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, 'name'), `${name}\n`);
  writeFileSync(join(path, 'max_energy_range_uj'), `${rangeUj}\n`);
  set(folder, uj);
  return path;
}
const set = (folder: string, uj: number | string) =>
  writeFileSync(join(root, folder, 'energy_uj'), `${uj}\n`);

/** Two sockets with memory, their parts, a platform counter, and the second interface to package 0. */
function server(): void {
  zone('intel-rapl:0', 'package-0', 5_000_000);
  zone('intel-rapl:0:0', 'core');
  zone('intel-rapl:0:1', 'dram', 1_000_000, 65_712_999_613);
  zone('intel-rapl:1', 'package-1', 7_000_000);
  zone('intel-rapl:1:0', 'uncore');
  zone('intel-rapl:1:1', 'dram', 2_000_000, 65_712_999_613);
  zone('intel-rapl:2', 'psys', 20_000_000);
  zone('intel-rapl-mmio:0', 'package-0', 5_000_100);
  mkdirSync(join(root, 'intel-rapl'));
  mkdirSync(join(root, 'dtpm'));
}

const ids = (meter: Meter) => meter.devices().map(({ id }) => id);
const idsOf = (processor = INTEL) => ids(raplMeter(root, processor));
function openAll(meter: Meter) {
  const channels = meter.channels(meter.devices());
  return { probe: meter.open(channels), out: new Float64Array(channels.length) };
}
async function check(meter = raplMeter(root, INTEL)): Promise<Finding> {
  const [first] = meter.checks();
  if (first === undefined) throw new Error('no check');
  return first.run(new AbortController().signal);
}

describe('devices', () => {
  it('are packages, their memory and the platform; never what is part of a package', () => {
    server();
    const devices = raplMeter(root, INTEL).devices();
    expect(devices.map(({ id, scope }) => [id, scope])).toEqual([
      ['cpu:package-0', 'cpu'],
      ['dram:0', 'dram'],
      ['cpu:package-1', 'cpu'],
      ['dram:1', 'dram'],
      ['node:psys', 'node'],
    ]);
  });

  it('say which overlap: the platform contains the packages and the memory', () => {
    server();
    const devices = raplMeter(root, INTEL).devices();
    const overlaps = new Map(devices.map(({ id, overlaps }) => [id, overlaps]));
    expect(overlaps.get('node:psys')).toEqual(['cpu:package-0', 'dram:0', 'cpu:package-1', 'dram:1']);
    expect(overlaps.get('cpu:package-0')).toEqual(['node:psys']);
    expect(overlaps.get('dram:1')).toEqual(['node:psys']);
  });

  it('count the second interface to a package once, by its registers, and say why', () => {
    server();
    const [device] = raplMeter(root, INTEL).devices();
    expect(device?.facts['zone']).toBe('intel-rapl:0');
    expect(device?.facts['leftOut']).toContainEqual({
      zone: 'intel-rapl-mmio:0',
      name: 'package-0',
      reason: 'another interface to cpu:package-0, which is billed once',
    });
  });

  it('come from the memory-mapped interface where it is the only one', () => {
    zone('intel-rapl-mmio:0', 'package-0');
    expect(idsOf()).toEqual(['cpu:package-0']);
  });

  it('are found in a nested tree, and once where both forms are there', () => {
    zone('intel-rapl:0', 'package-0');
    zone('intel-rapl:0/intel-rapl:0:0', 'dram');
    expect(idsOf()).toEqual(['cpu:package-0', 'dram:0']);
    symlinkSync(join(root, 'intel-rapl:0', 'intel-rapl:0:0'), join(root, 'intel-rapl:0:0'));
    expect(idsOf()).toEqual(['cpu:package-0', 'dram:0']);
  });

  it('are the dies of an Intel package, and one package of AMD however often a kernel lists it', () => {
    zone('intel-rapl:0', 'package-0-die-0');
    zone('intel-rapl:1', 'package-0-die-1');
    zone('intel-rapl:1:0', 'dram');
    expect(idsOf(INTEL)).toEqual(['cpu:package-0-die-0', 'cpu:package-0-die-1', 'dram:0-die-1']);
    expect(idsOf(AMD)).toEqual(['cpu:package-0', 'dram:0']);
  });

  it('are in the order of their numbers, beyond ten as well', () => {
    for (const number of [10, 2, 0]) zone(`intel-rapl:${number}`, `package-${number}`);
    expect(idsOf()).toEqual(['cpu:package-0', 'cpu:package-2', 'cpu:package-10']);
  });

  it('are none where there is no tree, an empty one, or only other zones', () => {
    expect(ids(raplMeter(join(root, 'nowhere'), INTEL))).toEqual([]);
    expect(idsOf()).toEqual([]);
    zone('arm-scmi:0', 'package-0');
    expect(idsOf()).toEqual([]);
  });

  it('leave out a counter that cannot be read and keep the others', () => {
    server();
    rmSync(join(root, 'intel-rapl:0', 'energy_uj'));
    // A folder cannot be read as a file, not even by root.
    mkdirSync(join(root, 'intel-rapl:0', 'energy_uj'));
    expect(idsOf()).not.toContain('cpu:package-0');
    expect(idsOf()).toContain('cpu:package-1');
  });

  it.each(['', '0', 'garbage'])('leave out a zone whose range is "%s"', (range) => {
    zone('intel-rapl:0', 'package-0', 1, range);
    const zones = readZones(root, true);
    expect(zones.billed).toEqual([]);
    expect(zones.leftOut[0]?.reason).toContain('wraps');
  });
});

describe('channels', () => {
  it('are measured, with the step of the 32-bit counter as their resolution', () => {
    server();
    const meter = raplMeter(root, INTEL);
    const [cpu, dram] = meter.channels(meter.devices());
    expect(cpu).toMatchObject({ quantity: 'energyJ', measured: true, accuracyRel: 0.05 });
    expect(cpu?.resolution).toBeCloseTo(2 ** -14, 6);
    expect(dram?.resolution).toBeCloseTo(2 ** -16, 7);
  });

  it('are none for devices of somebody else', () => {
    const device = { id: 'gpu:0', scope: 'gpu' as const, name: '', facts: {}, overlaps: [] };
    expect(raplMeter(root, INTEL).channels([device])).toEqual([]);
  });

  it('state a lesser accuracy where the counter is a model', () => {
    zone('intel-rapl:0', 'package-0');
    const meter = raplMeter(root, AMD);
    expect(meter.channels(meter.devices())[0]?.accuracyRel).toBe(0.1);
  });
});

describe('a probe', () => {
  it('gives joules in the order of its channels, and follows the counters', () => {
    server();
    const { probe, out } = openAll(raplMeter(root, INTEL));
    expect(readEvery(probe, out)).toBe(READ_OK);
    expect([...out]).toEqual([5, 1, 7, 2, 20]);
    set('intel-rapl:1', 9_500_000);
    readEvery(probe, out);
    expect(out[2]).toBe(9.5);
    probe.close();
  });

  it('reads the channels it was opened for, in their order, and no others', () => {
    server();
    const meter = raplMeter(root, INTEL);
    const channels = meter.channels(meter.devices()).filter(({ deviceId }) => deviceId.startsWith('dram'));
    const probe = meter.open(channels.toReversed());
    const out = new Float64Array(2);
    readEvery(probe, out);
    expect([...out]).toEqual([2, 1]);
    probe.close();
  });

  it('goes on counting when a counter wraps', () => {
    zone('intel-rapl:0', 'package-0', RANGE_UJ - 1_000_000);
    const { probe, out } = openAll(raplMeter(root, INTEL));
    const joules = [RANGE_UJ - 1_000_000, 1_000_000, 1_000_000, 3_000_000].map((uj) => {
      set('intel-rapl:0', uj);
      readEvery(probe, out);
      return out[0] ?? Number.NaN;
    });
    const expected = [0, 2, 2, 4];
    joules.forEach((value, index) => expect(value - (joules[0] ?? 0)).toBeCloseTo(expected[index] ?? 0, 6));
    probe.close();
  });

  it('wraps each counter at its own range', () => {
    server();
    set('intel-rapl:0:1', 65_712_999_613);
    const { probe, out } = openAll(raplMeter(root, INTEL));
    readEvery(probe, out);
    set('intel-rapl:0:1', 1_000_000);
    readEvery(probe, out);
    expect([...out]).toEqual([5, 65_713.999613, 7, 2, 20]);
    probe.close();
  });

  it('lets a counter that was set to zero fall, and the others go on', () => {
    server();
    const { probe, out } = openAll(raplMeter(root, INTEL));
    readEvery(probe, out);
    set('intel-rapl:1', 0);
    set('intel-rapl:0', 6_000_000);
    expect(readEvery(probe, out)).toBe(READ_OK);
    expect([...out]).toEqual([6, 1, 0, 2, 20]);
    probe.close();
  });

  it('gives NaN and an error code, never 0, while a counter says nothing, and then goes on', () => {
    server();
    const { probe, out } = openAll(raplMeter(root, INTEL));
    readEvery(probe, out);
    for (const nothing of ['', '<not supported>']) {
      set('intel-rapl:0', nothing);
      expect(readEvery(probe, out)).toBe(constants.errno.EIO);
      expect(out[0]).toBeNaN();
      expect(out[2]).toBe(7);
    }
    expect(raplMeter(root, INTEL).explain?.(constants.errno.EIO)).toBe(`EIO from a file under ${root}`);
    set('intel-rapl:0', 6_000_000);
    expect(readEvery(probe, out)).toBe(READ_OK);
    expect(out[0]).toBe(6);
    probe.close();
  });

  it('fails with the system error when a counter cannot be opened, and names the doctor', () => {
    server();
    const meter = raplMeter(root, INTEL);
    const channels = meter.channels(meter.devices());
    rmSync(join(root, 'intel-rapl:0'), { recursive: true });
    rmSync(join(root, 'intel-rapl-mmio:0'), { recursive: true });
    expect(() => meter.open(channels)).toThrow('cpu:package-0');
    expect(() => meter.open(channels)).toThrow(expect.objectContaining({ code: 'LLEM_E_METER' }));
  });

  it('can be closed twice', () => {
    server();
    const { probe } = openAll(raplMeter(root, INTEL));
    probe.close();
    probe.close();
  });
});

describe('the check', () => {
  it('names the counters that it found', async () => {
    server();
    expect(await check()).toMatchObject({ status: 'ok' });
  });

  it('fails without a tree and says what that means', async () => {
    const finding = await check(raplMeter(join(root, 'nowhere'), INTEL));
    expect(finding.status).toBe('failed');
    expect(finding.remedy).toContain('estimated');
  });

  it('warns when some counters cannot be read', async () => {
    server();
    rmSync(join(root, 'intel-rapl:2', 'energy_uj'));
    const finding = await check();
    expect(finding.status).toBe('warning');
    expect(finding.message).toContain('node:psys (ENOENT)');
  });

  it('fails when none can be read', async () => {
    zone('intel-rapl:0', 'package-0', '');
    expect(await check()).toMatchObject({ status: 'failed' });
  });

  // Root may read everything, so the refusal is handed in.
  it('explains counters that only root may read, with the remedy', async () => {
    server();
    const finding = await readable(
      root,
      () => readZones(root, true),
      () => 'EACCES',
    ).run(new AbortController().signal);
    expect(finding.status).toBe('failed');
    expect(finding.message).toContain('cpu:package-0 (EACCES)');
    expect(finding.remedy).toContain(`sudo chmod -R a+r ${root}/intel-rapl*/`);
    expect(finding.remedy).toContain('udev');
  });
});

describe('options', () => {
  it('default to the tree of the kernel and refuse unknown keys', () => {
    expect(options.parse({})).toEqual({ ok: true, value: { powercap_path: '/sys/class/powercap' } });
    expect(options.parse({ path: '/sys' }).ok).toBe(false);
  });

  it('choose the tree', () => {
    server();
    expect(ids(create({ cacheDir: '' }, { powercap_path: root }))).toHaveLength(5);
  });
});
