/** The estimate: its model, and the meter over it. */
import { constants } from 'node:os';
import { READ_OK, type Meter } from '@llem/core';
import { readEvery } from '@llem/testkit';
import { describe, expect, it } from 'vitest';
import { LATENESS_S } from './busy-cores.js';
import { create, DEVICE_ID, estimateMeter, options } from './meter.js';
import { estimatedJoules } from './model.js';
import { openProcessorTime, type ProcessorTime } from './processor-time.js';

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

/** A machine of two cores with two threads each, whose clock and busy time the test sets. */
function machine() {
  const state = { nowMs: 5_000, threadS: [100, 200], readable: true, opened: 0 };
  const open = (): ProcessorTime => {
    state.opened += 1;
    return {
      cores: 2,
      logical: 4,
      stepS: 0.01,
      read: (out) => {
        out.set(state.threadS);
        return state.readable;
      },
      close: () => {
        state.opened -= 1;
      },
    };
  };
  const work = (elapsedS: number, ...threadS: readonly number[]) => {
    state.nowMs += elapsedS * 1_000;
    state.threadS = state.threadS.map((before, core) => before + (threadS[core] ?? 0));
  };
  return { state, work, meter: estimateMeter(10, open, () => state.nowMs) };
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

  it('has as its resolution the energy of one tick', () => {
    const { meter } = machine();
    expect(meter.channels(meter.devices())[0]?.resolution).toBeCloseTo(10 * 0.9 * 0.01);
  });

  it('adds idle power over time and busy power over processor time', () => {
    const { work, meter } = machine();
    const { probe, out } = openAll(meter);
    expect(readEvery(probe, out)).toBe(READ_OK);
    expect(out[0]).toBe(0);
    work(10);
    readEvery(probe, out);
    expect(out[0]).toBeCloseTo(20);
    work(10, 5, 0);
    readEvery(probe, out);
    expect(out[0]).toBeCloseTo(20 + 65);
    probe.close();
  });

  it('gives a core the same power with one busy thread and with two', () => {
    const joules = [
      [10, 10],
      [20, 20],
    ].map((threadS) => {
      const { work, meter } = machine();
      const { probe, out } = openAll(meter);
      work(10, ...threadS);
      readEvery(probe, out);
      probe.close();
      return out[0] ?? Number.NaN;
    });
    expect(joules[0]).toBeCloseTo(200);
    // Both cores at once may show late by what the clock of the kernel rounds down.
    expect(joules[1]).toBeLessThanOrEqual(200 + 10 * 0.9 * 2 * LATENESS_S + 1e-9);
  });

  it('never goes back when the kernel corrects its sums', () => {
    const { work, meter } = machine();
    const { probe, out } = openAll(meter);
    work(1, 1, 0);
    readEvery(probe, out);
    const before = out[0] ?? Number.NaN;
    work(0, -0.02, 0);
    readEvery(probe, out);
    expect(out[0]).toBe(before);
    probe.close();
  });

  it('gives NaN and an error code, never 0, while the time cannot be read, and then what was used meanwhile', () => {
    const { state, work, meter } = machine();
    const { probe, out } = openAll(meter);
    state.readable = false;
    work(5, 5, 5);
    expect(readEvery(probe, out)).toBe(constants.errno.EIO);
    expect(out[0]).toBeNaN();
    state.readable = true;
    work(5, 5, 5);
    expect(readEvery(probe, out)).toBe(READ_OK);
    expect(out[0]).toBeCloseTo(200);
    probe.close();
  });

  it('does not open, and leaves nothing open, where the time says nothing', () => {
    const { state, meter } = machine();
    const channels = meter.channels(meter.devices());
    state.readable = false;
    expect(() => meter.open(channels)).toThrow(expect.objectContaining({ code: 'LLEM_E_METER' }));
    expect(state.opened).toBe(0);
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
    const threadS = new Float64Array(time.cores);
    const busyS = () => (time.read(threadS) ? threadS.reduce((sum, s) => sum + s, 0) : Number.NaN);
    const from = busyS();
    while (busyS() < from + 0.05) continue;
    expect(readEvery(probe, out)).toBe(READ_OK);
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
