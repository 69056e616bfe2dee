/** The meter of Cray nodes, on a folder of counters made for the purpose. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { overlap, READ_OK, type Finding } from '@llem/core';
import { readEvery } from '@llem/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { crayMeter, create, options } from './meter.js';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'llem-cray-'));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});
const show = (file: string, value: string | number) =>
  writeFileSync(join(root, file), typeof value === 'number' ? `${value} J 1700000000123456 us\n` : value);

/** A node with two accelerators. */
function node(): void {
  show('energy', 3_712_398);
  show('power', '845 W 1700000000123456 us\n');
  show('cpu_energy', 900_000);
  show('cpu_power', '180 W 1700000000123456 us\n');
  show('memory_energy', 200_000);
  show('accel0_energy', 1_000_000);
  show('freshness', '77\n');
}
const ids = () =>
  crayMeter(root)
    .devices()
    .map(({ id }) => id);
function openAll() {
  const meter = crayMeter(root);
  const channels = meter.channels(meter.devices());
  return { channels, probe: meter.open(channels), out: new Float64Array(channels.length) };
}
async function check(path = root): Promise<Finding | undefined> {
  return crayMeter(path).checks()[0]?.run(new AbortController().signal);
}

describe('devices', () => {
  it('are the node, its processors and its memory', () => {
    node();
    expect(ids()).toEqual(['node:cray', 'cpu:cray', 'dram:cray']);
  });

  it('are what is there', () => {
    node();
    rmSync(join(root, 'cpu_energy'));
    expect(ids()).toEqual(['node:cray', 'dram:cray']);
    expect(crayMeter(join(root, 'nowhere')).devices()).toEqual([]);
  });

  it('are never summed with what other meters tell of the same parts', () => {
    node();
    const [whole, processors, memory] = crayMeter(root).devices();
    const other = (id: string) => ({ id, overlaps: [] });
    if (whole === undefined || processors === undefined || memory === undefined)
      throw new Error('no devices');
    for (const id of ['gpu:GPU-1', 'cpu:package-0', 'dram:0', 'node:psys']) {
      expect(overlap(whole, other(id))).toBe(true);
    }
    expect(overlap(processors, other('cpu:package-0'))).toBe(true);
    expect(overlap(processors, memory)).toBe(false);
    expect(overlap(memory, other('dram:1'))).toBe(true);
  });
});

describe('a probe', () => {
  it('gives joules and watts in the order of its channels, and follows them', () => {
    node();
    const { channels, probe, out } = openAll();
    expect(channels.map(({ deviceId, quantity }) => [deviceId, quantity])).toEqual([
      ['node:cray', 'energyJ'],
      ['node:cray', 'powerW'],
      ['cpu:cray', 'energyJ'],
      ['cpu:cray', 'powerW'],
      ['dram:cray', 'energyJ'],
    ]);
    expect(readEvery(probe, out)).toBe(READ_OK);
    expect([...out]).toEqual([3_712_398, 845, 900_000, 180, 200_000]);
    show('energy', 3_712_500);
    readEvery(probe, out);
    expect(out[0]).toBe(3_712_500);
    probe.close();
  });

  it('gives NaN and an error, never 0, while a counter says nothing', () => {
    node();
    const { probe, out } = openAll();
    show('cpu_energy', '');
    expect(readEvery(probe, out)).toBe(constants.errno.EIO);
    expect([...out.slice(0, 3)]).toEqual([3_712_398, 845, Number.NaN]);
    expect(crayMeter(root).explain?.(constants.errno.EIO)).toContain('EIO');
    probe.close();
  });

  it('fails with what to do when a counter cannot be opened', () => {
    node();
    const meter = crayMeter(root);
    const channels = meter.channels(meter.devices());
    rmSync(join(root, 'energy'));
    expect(() => meter.open(channels)).toThrow(expect.objectContaining({ code: 'LLEM_E_METER' }));
  });
});

describe('the check', () => {
  it('names the counters', async () => {
    node();
    expect(await check()).toMatchObject({ status: 'ok' });
  });

  it('finds nothing wrong with a machine that is no Cray', async () => {
    expect(await check(join(root, 'nowhere'))).toMatchObject({ status: 'failed', absent: true });
  });

  it('fails where counters are there and cannot be read', async () => {
    // A folder cannot be read as a file, not even by root.
    mkdirSync(join(root, 'energy'));
    const finding = await check();
    expect(finding).toMatchObject({ status: 'failed' });
    expect(finding?.absent).toBeUndefined();
    expect(finding?.message).toContain('EISDIR');
  });
});

it('options choose the folder and refuse unknown keys', () => {
  node();
  expect(options.parse({})).toEqual({ ok: true, value: { path: '/sys/cray/pm_counters' } });
  expect(options.parse({ root }).ok).toBe(false);
  expect(create({ cacheDir: '' }, { path: root }).devices()).toHaveLength(3);
});
