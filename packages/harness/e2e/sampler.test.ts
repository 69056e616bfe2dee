/** The sampler thread on a meter of known power. The thread is the built one: a worker loads JavaScript. */
import { createInstance, type PluginRef } from '@llem/core';
import { joulesBetween, SIMULATED_METER_URL } from '@llem/testkit';
import { expect, it } from 'vitest';
import { deviceEnergy } from '../dist/energy/device.js';
import { sampledMeters } from '../dist/energy/meters.js';
import { startSampler, type Sampler } from '../dist/sampler/thread.js';

const context = { cacheDir: '' };

async function sampler(options: Record<string, unknown>) {
  const ref: PluginRef = { kind: 'meter', id: 'simulated', moduleUrl: SIMULATED_METER_URL, options };
  const module: unknown = await import(SIMULATED_METER_URL);
  const meter = createInstance('meter', ref.id, module, context, options);
  const devices = meter.devices();
  const running = startSampler(sampledMeters([{ ref, devices, channels: meter.channels(devices) }]), context);
  await running.ready;
  return running;
}

/** Settles when so many readings have come in. */
async function readings(running: Sampler, count: number): Promise<void> {
  while ((running.channels()[0]?.series.values.length ?? 0) < count)
    await new Promise((resolve) => setImmediate(resolve));
}

it('measures the energy of an interval of a stepping counter, with the truth inside its stated error', async () => {
  const running = await sampler({ devices: [{ id: 'gpu:A', scope: 'gpu', power_w: 300 }], step_ms: 20 });
  await readings(running, 5);
  running.edge(true);
  await readings(running, 15);
  const startNs = process.hrtime.bigint();
  await readings(running, 25);
  running.edge(false);
  await readings(running, 35);
  running.edge(true);
  await readings(running, 45);
  const endNs = process.hrtime.bigint();
  await readings(running, 60);
  await running.stop();

  const { chosen: energy, quality } = deviceEnergy('gpu:A', running.channels(), { startNs, endNs });
  const truth = joulesBetween(300, Number(startNs) / 1e9, Number(endNs) / 1e9);
  expect(quality).toBe('counter');
  expect(Math.abs((energy?.joules ?? 0) - truth)).toBeLessThan(4 * (energy?.edgeJ ?? 0));
  expect(energy?.edgeJ).toBeLessThan(0.05 * truth);
});

it('keeps reading while the main thread is busy', async () => {
  const running = await sampler({ devices: [{ id: 'cpu:A', scope: 'cpu', power_w: 50 }] });
  await readings(running, 2);
  const before = running.channels()[0]?.series.values.length ?? 0;
  const untilNs = process.hrtime.bigint() + 1_000_000_000n;
  while (process.hrtime.bigint() < untilNs);
  const after = running.channels()[0]?.series.values.length ?? 0;
  await running.stop();
  // Ten ticks of 100 ms; a machine with other work may delay some of them.
  expect(after - before).toBeGreaterThanOrEqual(5);
});

it('gives no figure, never 0, for a meter that stops answering or falls back', async () => {
  const lost = await sampler({ devices: [{ id: 'cpu:A', scope: 'cpu' }], fails_after_reads: 3 });
  await readings(lost, 3);
  const startNs = process.hrtime.bigint();
  while ((lost.channels()[0]?.failures.count ?? 0) < 2) await new Promise((resolve) => setImmediate(resolve));
  const endNs = process.hrtime.bigint();
  await lost.stop();
  expect(deviceEnergy('cpu:A', lost.channels(), { startNs, endNs }).chosen).toBeNull();

  const back = await sampler({
    devices: [{ id: 'cpu:A', scope: 'cpu', power_w: 100 }],
    falls_back_after_j: 30,
  });
  await readings(back, 2);
  const fromNs = process.hrtime.bigint();
  await readings(back, 12);
  const toNs = process.hrtime.bigint();
  await readings(back, 14);
  await back.stop();
  expect(deviceEnergy('cpu:A', back.channels(), { startNs: fromNs, endNs: toNs }).chosen).toBeNull();
});

it('says which meter cannot be opened', async () => {
  const ref: PluginRef = { kind: 'meter', id: 'nowhere', moduleUrl: 'file:///no/such/meter.js', options: {} };
  const running = startSampler([{ ref, channels: [] }], context);
  await expect(running.failed).rejects.toMatchObject({ code: 'LLEM_E_METER' });
  await running.stop();
});
