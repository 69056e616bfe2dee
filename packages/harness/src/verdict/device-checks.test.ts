import type { DeviceState, Measurement } from '@llem/core';
import { describe, expect, it } from 'vitest';
import { devices, exclusiveDevice, temperature, throttled, type DeviceEvidence } from './device-checks.js';

/** A GPU to which there is nothing to object. */
const gpu: DeviceState = {
  id: 'gpu:A',
  temperatureC: { start: 60, end: 62, max: 63 },
  throttleS: { idle: 1, setting: 30 },
  powerThrottleS: 0,
  thermalThrottleS: 0,
  clockMHz: { mean: 1_980, min: 1_980 },
  utilization: 0.9,
  memoryBytes: { before: 4e6, peak: 60e9 },
  foreignProcesses: [],
};
const other: DeviceState = { ...gpu, id: 'gpu:B' };

function evidence(
  states: readonly DeviceState[],
  more: Partial<DeviceEvidence> = {},
  foreignCpu: number | null = 0.1,
): DeviceEvidence {
  const thermal: Measurement['thermal'] = {
    startC: 60,
    endC: 62,
    maxC: 63,
    throttleS: states.reduce<NonNullable<DeviceState['throttleS']>>(
      (all, { throttleS }) => ({ ...all, ...throttleS }),
      {},
    ),
  };
  return {
    measurement: {
      devices: [...states],
      thermal,
      window: { durationS: 30, gap: { seconds: 0, reached: 'none', temperatureC: null } },
      harness: { foreignCpu, neighbours: [] },
      energy: { headline: 'gpu' },
    },
    engineGpus: states.map(({ id }) => id),
    partitionedGpus: [],
    machineCores: 16,
    attached: null,
    ...more,
  };
}

it('have nothing against a GPU that worked freely, alone, and was the one that is billed', () => {
  const of = evidence([gpu, other]);
  for (const judge of [throttled, temperature, exclusiveDevice, devices]) expect(judge(of)?.ok).toBe(true);
});

describe('throttled', () => {
  it.each(['hardwareSlowdown', 'softwareThermal', 'hardwareThermal', 'powerBrake'] as const)(
    'is invalid where a reading saw %s, on any GPU',
    (reason) => {
      const found = throttled(evidence([gpu, { ...other, throttleS: { [reason]: 0.5 } }]));
      expect(found).toMatchObject({ severity: 'invalid', ok: false, value: reason });
    },
  );

  it('is invalid where the GPU itself counted time that readings missed, and not for a trace of it', () => {
    expect(throttled(evidence([{ ...gpu, thermalThrottleS: 0.2 }]))).toMatchObject({
      severity: 'invalid',
      ok: false,
    });
    expect(throttled(evidence([{ ...gpu, thermalThrottleS: 0.02 }]))?.ok).toBe(true);
  });

  it('warns of the power limit, seen or counted, and of nothing that somebody has set', () => {
    const warned = { severity: 'warning', ok: false };
    expect(throttled(evidence([{ ...gpu, throttleS: { powerCap: 12 } }]))).toMatchObject({
      ...warned,
      value: 12,
    });
    expect(throttled(evidence([{ ...gpu, powerThrottleS: 3 }]))).toMatchObject({ ...warned, value: 3 });
    expect(throttled(evidence([{ ...gpu, throttleS: { setting: 30, syncBoost: 30 } }]))?.ok).toBe(true);
  });

  it('sees what one GPU tells where another tells nothing', () => {
    const silent = { ...other, throttleS: null, thermalThrottleS: null };
    const of = evidence([{ ...gpu, throttleS: { hardwareThermal: 1 } }, silent]);
    expect(throttled({ ...of, measurement: { ...of.measurement, thermal: null } })?.ok).toBe(false);
    expect(throttled(evidence([silent]))).toBeNull();
  });
});

describe('temperature', () => {
  it.each([
    [{ start: 60, end: 70, max: 70 }, true],
    [{ start: 60, end: 71, max: 71 }, false],
    [{ start: 75, end: 64, max: 75 }, false],
    [{ start: 60, end: 61, max: 72 }, false],
  ])('warns of a drift of more than 10 degrees: %j', (temperatureC, ok) => {
    expect(temperature(evidence([gpu, { ...other, temperatureC }]))).toMatchObject({
      severity: 'warning',
      ok,
    });
  });

  it('warns where the pause before the run ended before the GPU had cooled down', () => {
    const of = evidence([gpu]);
    const window = {
      ...of.measurement.window,
      gap: { seconds: 900, reached: 'cap', temperatureC: 80 },
    } as const;
    const found = temperature({ ...of, measurement: { ...of.measurement, window } });
    expect(found).toMatchObject({ severity: 'warning', ok: false, value: 80 });
    expect(found?.message).toContain('execution.gaps.until_c');
  });

  it('does not apply where nothing tells it', () => {
    expect(temperature(evidence([{ ...gpu, temperatureC: null }]))).toBeNull();
  });
});

describe('exclusive-device', () => {
  it('is invalid where another process used a billed GPU', () => {
    const used = { ...other, foreignProcesses: [{ pid: 4_711, memoryBytes: null }] };
    const found = exclusiveDevice(evidence([gpu, used]));
    expect(found).toMatchObject({ severity: 'invalid', ok: false, value: '4711' });
    expect(found?.message).toContain('gpu:B');
  });

  it('is invalid where a GPU is partitioned', () => {
    const found = exclusiveDevice(evidence([gpu], { partitionedGpus: ['gpu:A'] }));
    expect(found).toMatchObject({ severity: 'invalid', ok: false, value: 'gpu:A' });
  });

  it('warns of more than 100 MB in use before the start', () => {
    const holding = (before: number) => evidence([{ ...gpu, memoryBytes: { before, peak: 60e9 } }]);
    expect(exclusiveDevice(holding(101e6))).toMatchObject({ severity: 'warning', ok: false, value: 101e6 });
    expect(exclusiveDevice(holding(99e6))?.ok).toBe(true);
  });

  it('warns where nobody can tell who used a GPU: it is not nobody', () => {
    const found = exclusiveDevice(evidence([{ ...gpu, foreignProcesses: null }]));
    expect(found).toMatchObject({ severity: 'warning', ok: false, value: null });
  });

  it('warns of other programs on more than 5 % of the processors, with GPUs or without', () => {
    for (const states of [[gpu], []]) {
      expect(exclusiveDevice(evidence(states, {}, 0.9))).toMatchObject({
        severity: 'warning',
        ok: false,
        value: 0.9,
      });
      expect(exclusiveDevice(evidence(states, {}, 0.7))?.ok).toBe(true);
    }
    expect(exclusiveDevice(evidence([], {}, null))).toBeNull();
  });
});

describe('devices', () => {
  it('is invalid where the engine used a GPU that nobody bills, also with none billed', () => {
    const invalid = { severity: 'invalid', ok: false, value: 'gpu:A, gpu:B' };
    expect(devices(evidence([gpu], { engineGpus: ['gpu:A', 'gpu:B'] }))).toMatchObject(invalid);
    expect(devices(evidence([], { engineGpus: ['gpu:A'] }))).toMatchObject({
      severity: 'invalid',
      ok: false,
    });
  });

  it('is invalid where a GPU is billed that the engine did not use', () => {
    expect(devices(evidence([gpu, other], { engineGpus: ['gpu:A'] }))).toMatchObject({
      severity: 'invalid',
      ok: false,
      limit: 'gpu:A, gpu:B',
    });
  });

  it('warns where nobody can tell, and does not apply without a GPU', () => {
    const found = devices(evidence([gpu], { engineGpus: 'nobody tells' }));
    expect(found).toMatchObject({ severity: 'warning', ok: false });
    expect(found?.message).toContain('nobody tells');
    expect(devices(evidence([], { engineGpus: 'nobody tells' }))).toBeNull();
  });
});

describe('exclusive-device beside another study', () => {
  const beside = (headline: 'gpu' | 'cpu'): DeviceEvidence => {
    const of = evidence([gpu]);
    const neighbours = [{ pid: 4_711, study: 'kv-cache', since: '2026-11-26T12:00:00.000Z' }];
    const { measurement } = of;
    return {
      ...of,
      measurement: {
        ...measurement,
        harness: { ...measurement.harness, neighbours },
        energy: { headline },
      },
    };
  };

  it.each([
    ['gpu', 'warning'],
    ['cpu', 'invalid'],
  ] as const)('with the headline %s is %s, and says who', (headline, severity) => {
    const found = exclusiveDevice(beside(headline));
    expect(found).toMatchObject({ ok: false, severity, value: '4711' });
    expect(found?.message).toContain('"kv-cache", pid 4711');
  });
});
