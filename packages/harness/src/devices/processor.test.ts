import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Service } from '@llem/core';
import { expect, it } from 'vitest';
import { foreignCores, readProcessor, type ProcessorReading } from './processor.js';

const reading = (of: Partial<ProcessorReading>): ProcessorReading => ({
  atNs: 0n,
  busyS: 100,
  cores: 8,
  ownS: 1,
  engineS: 10,
  ...of,
});
const end = { atNs: 10_000_000_000n, busyS: 130, ownS: 2, engineS: 30 };

it('is what the machine was busy, without llem and the engine, as cores', () => {
  expect(foreignCores(reading({}), reading(end))).toBeCloseTo(0.9, 9);
  expect(foreignCores(reading({}), reading({ ...end, engineS: 40 }))).toBe(0);
});

it('is not known where the share of the engine is not, or the machine does not tell', () => {
  expect(foreignCores(reading({ engineS: null }), reading(end))).toBeNull();
  expect(foreignCores(reading({}), reading({ ...end, engineS: null }))).toBeNull();
  expect(foreignCores(null, reading(end))).toBeNull();
});

it.runIf(process.platform === 'linux')(
  'counts the time of a process of the engine to the engine',
  async () => {
    const BUSY_S = 0.3;
    const busy = spawn(process.execPath, [
      '-e',
      `while (process.cpuUsage().user < ${BUSY_S * 1e6}) {} console.log('done'); setInterval(() => {}, 1000)`,
    ]);
    const processes = () => Promise.resolve(busy.pid === undefined ? null : [busy.pid, process.pid]);
    const service: Service = {
      endpoint: { baseUrl: '' },
      exited: new Promise(() => undefined),
      facts: {},
      processes,
      stop: () => Promise.resolve({ code: 0, signal: null }),
    };
    try {
      const before = await readProcessor(service);
      await once(busy.stdout, 'data');
      const after = await readProcessor(service);
      expect((after?.engineS ?? NaN) - (before?.engineS ?? NaN)).toBeGreaterThan(BUSY_S / 2);
      expect((after?.busyS ?? NaN) - (before?.busyS ?? NaN)).toBeGreaterThan(BUSY_S / 2);
      expect(after?.cores).toBeGreaterThan(0);
    } finally {
      busy.kill('SIGKILL');
    }
  },
);
