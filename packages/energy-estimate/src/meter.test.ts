/** The estimate: its model, the reading of processor time, and the meter over both. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { constants, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { READ_OK, type Meter } from '@llem/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { create, DEVICE_ID, estimateMeter, options } from './meter.js';
import { estimatedJoules } from './model.js';
import { busyTicks, openLinux, openProcessorTime, type ProcessorTime } from './processor-time.js';

describe('the model', () => {
  it('gives an idle machine a tenth of its power', () => {
    expect(estimatedJoules(7, { cores: 4, elapsedS: 10, busyCoreS: 0 })).toBeCloseTo(28);
  });

  it('gives a busy machine its whole power', () => {
    expect(estimatedJoules(7, { cores: 4, elapsedS: 10, busyCoreS: 40 })).toBeCloseTo(280);
  });

  it('gives one busy core of four its power and the others a tenth', () => {
    expect(estimatedJoules(10, { cores: 4, elapsedS: 1, busyCoreS: 1 })).toBeCloseTo(13);
  });
});

describe('the line of the processor', () => {
  const ticks = (line: string) => busyTicks(Buffer.from(line), Buffer.byteLength(line));

  it('counts user, nice, system, irq and softirq', () => {
    expect(ticks('cpu  1 20 300 9999 9999 4000 50000 9999 9999 9999\ncpu0 1 1 1 1\n')).toBe(54_321);
  });

  it('leaves out waiting, time stolen by the host, and guests, which are in user already', () => {
    expect(ticks('cpu  0 0 0 7 7 0 0 7 7 7\n')).toBe(0);
  });

  it('takes the four fields of an old kernel', () => {
    expect(ticks('cpu 1 2 3 4\n')).toBe(6);
  });

  it.each(['', 'cpu', 'cpu  \n', 'cpu  1 2\n', 'nonsense'])('is not %j', (line) => {
    expect(ticks(line)).toBeNaN();
  });
});

describe('processor time on Linux', () => {
  let root = '';
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'llem-estimate-'));
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });
  const stat = () => join(root, 'stat');
  const write = (text: string) => writeFileSync(stat(), text);
  const siblings = (processor: number, list: string) => {
    mkdirSync(join(root, `cpu${processor}`, 'topology'), { recursive: true });
    writeFileSync(join(root, `cpu${processor}`, 'topology', 'thread_siblings_list'), `${list}\n`);
  };

  it('follows the file, in seconds', () => {
    write('cpu  100 0 50 1000 0 0 0 0 0 0\n');
    const time = openLinux(stat(), root);
    expect(time.busyS()).toBe(1.5);
    write('cpu  300 0 50 1000 0 0 0 0 0 0\n');
    expect(time.busyS()).toBe(3.5);
    time.close();
  });

  it('is NaN while the file says nothing', () => {
    write('');
    const time = openLinux(stat(), root);
    expect(time.busyS()).toBeNaN();
    time.close();
  });

  it('counts two threads of a core as one core, and leaves out processors that are offline', () => {
    write('cpu  1 1 1 1\n');
    [0, 1, 2, 3].forEach((processor) => siblings(processor, `${processor % 2},${(processor % 2) + 2}`));
    mkdirSync(join(root, 'cpu4'));
    mkdirSync(join(root, 'cpufreq'));
    const time = openLinux(stat(), root);
    expect(time.cores).toBe(2);
    time.close();
  });

  it('takes every processor for a core where the topology is not told', () => {
    write('cpu  1 1 1 1\n');
    const time = openLinux(stat(), join(root, 'nowhere'));
    expect(time.cores).toBe(cpus().length);
    time.close();
  });
});

/** A machine of two cores with two threads each, whose clock and busy time the test sets. */
function machine() {
  const state = { nowMs: 5_000, busyS: 100, opened: 0 };
  const open = (): ProcessorTime => {
    state.opened += 1;
    return {
      cores: 2,
      logical: 4,
      stepS: 0.01,
      busyS: () => state.busyS,
      close: () => {
        state.opened -= 1;
      },
    };
  };
  return { state, meter: estimateMeter(10, open, () => state.nowMs) };
}

function openAll(meter: Meter) {
  const channels = meter.channels(meter.devices());
  return { probe: meter.open(channels), out: new Float64Array(channels.length) };
}

describe('the meter', () => {
  it('has one device, the processor, and one channel that is not measured', () => {
    const { meter } = machine();
    const devices = meter.devices();
    expect(devices).toMatchObject([
      { id: DEVICE_ID, scope: 'cpu', overlaps: [], facts: { wattsPerCore: 10 } },
    ]);
    expect(meter.channels(devices)).toMatchObject([
      { deviceId: DEVICE_ID, quantity: 'energyJ', measured: false, minPeriodMs: 10 },
    ]);
  });

  it('has as its resolution the energy of one tick of one thread', () => {
    const { meter } = machine();
    expect(meter.channels(meter.devices())[0]?.resolution).toBeCloseTo(10 * 0.9 * 0.01 * 0.5);
  });

  it('adds idle power over time and busy power over processor time', () => {
    const { state, meter } = machine();
    const { probe, out } = openAll(meter);
    expect(probe.read(out)).toBe(READ_OK);
    expect(out[0]).toBe(0);
    state.nowMs += 10_000;
    probe.read(out);
    expect(out[0]).toBeCloseTo(20);
    // All four threads for ten seconds: both cores at full power.
    state.nowMs += 10_000;
    state.busyS += 40;
    probe.read(out);
    expect(out[0]).toBeCloseTo(20 + 200);
    probe.close();
  });

  it('never goes back when the kernel corrects its sums', () => {
    const { state, meter } = machine();
    const { probe, out } = openAll(meter);
    state.busyS += 1;
    probe.read(out);
    const before = out[0] ?? Number.NaN;
    state.busyS -= 0.02;
    probe.read(out);
    expect(out[0]).toBe(before);
    probe.close();
  });

  it('gives NaN and an error code, never 0, while the time cannot be read', () => {
    const { state, meter } = machine();
    const { probe, out } = openAll(meter);
    state.busyS = Number.NaN;
    expect(probe.read(out)).toBe(constants.errno.EIO);
    expect(out[0]).toBeNaN();
    probe.close();
  });

  it('leaves nothing open, closed twice as well', () => {
    const { state, meter } = machine();
    const { probe } = openAll(meter);
    probe.close();
    probe.close();
    expect(state.opened).toBe(0);
  });

  it('has nothing to offer, says so, and does not open where the time cannot be read', async () => {
    const meter = estimateMeter(
      7,
      () => {
        throw new Error('no such file');
      },
      () => 0,
    );
    expect(meter.devices()).toEqual([]);
    expect(await meter.checks()[0]?.run(new AbortController().signal)).toMatchObject({ status: 'failed' });
    expect(() => meter.open([])).toThrow('no such file');
  });

  it('works on this machine: time passes, and its processor does something', async () => {
    const meter = create({ cacheDir: '' }, {});
    expect(await meter.checks()[0]?.run(new AbortController().signal)).toMatchObject({ status: 'ok' });
    const { probe, out } = openAll(meter);
    const time = openProcessorTime();
    const from = time.busyS();
    while (time.busyS() < from + 0.05) continue;
    expect(probe.read(out)).toBe(READ_OK);
    expect(out[0]).toBeGreaterThan(0);
    probe.close();
    time.close();
  });
});

it('takes watts a core as its only option', () => {
  expect(options.parse({})).toEqual({ ok: true, value: { watts_per_core: 7 } });
  for (const wrong of [{ watts_per_core: 0 }, { watts_per_core: '7' }, { watts: 7 }]) {
    expect(options.parse(wrong).ok).toBe(false);
  }
});
