/** The sampler thread on a meter of known power. The thread is the built one: a worker loads JavaScript. */
import { constants } from 'node:os';
import { createInstance, type Channel, type PluginRef } from '@llem/core';
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
  expect(lost.channels()[0]?.failures).toMatchObject({
    lastCode: constants.errno.EIO,
    reason: `the meter gave error ${constants.errno.EIO}`,
  });

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

/** A meter whose probe begins each reading with these statements, which know `index` and how many `reads` there were. */
function meterThat(read: string): PluginRef {
  const source = `
    export const options = { jsonSchema: {}, parse: (value) => ({ ok: true, value }) };
    let reads = 0;
    export const create = () => ({
      checks: () => [], devices: () => [], channels: () => [],
      open: () => ({ read(out, index) { reads += 1; ${read}; out[index] = reads; return 0; }, close() {} }),
    });`;
  const moduleUrl = `data:text/javascript,${encodeURIComponent(source)}`;
  return { kind: 'meter', id: 'faulty', moduleUrl, options: {} };
}
const channelOf = (deviceId: string): Channel => ({
  deviceId,
  quantity: 'powerW',
  measured: true,
  minPeriodMs: 1,
  resolution: 0,
  accuracyRel: 0,
});

it('keeps what a probe throws as the reason of one channel, and reads the others', async () => {
  const ref = meterThat("if (index === 1) throw new Error('it is broken')");
  const running = startSampler([{ ref, channels: [channelOf('gpu:A'), channelOf('gpu:B')] }], context);
  await running.ready;
  await readings(running, 5);
  await running.stop();
  const [good, broken] = running.channels();
  expect(good?.failures).toEqual({ count: 0, lastCode: null, reason: null });
  expect(broken?.series.values).toEqual([]);
  expect(broken?.failures.count).toBeGreaterThan(3);
  expect(broken?.failures.reason).toBe('the meter failed: it is broken');
});

it('counts what it missed while a reading was blocked, and makes no burst of it', async () => {
  const block = 'const until = performance.now() + 400; while (reads === 8 && performance.now() < until);';
  const running = startSampler([{ ref: meterThat(block), channels: [channelOf('gpu:A')] }], context);
  await running.ready;
  await readings(running, 12);
  await running.stop();
  const { ticks = 0, missed = 0, longestCallNs = 0 } = running.counts().channels[0] ?? {};
  expect(longestCallNs).toBeGreaterThan(399e6);
  // Of 50 ms each, seven at least went by; readings in their place would make the rest of the ticks come at once.
  expect(missed).toBeGreaterThanOrEqual(6);
  const atNs = running.channels()[0]?.series.atNs ?? [];
  expect(Number((atNs[11] ?? 0n) - (atNs[8] ?? 0n)) / 1e6).toBeGreaterThan(75);
  expect(ticks).toBe(atNs.length);
});

it('stops though a reading does not come back', async () => {
  const running = startSampler(
    [{ ref: meterThat('while (reads > 3);'), channels: [channelOf('gpu:A')] }],
    context,
  );
  await readings(running, 3);
  await running.stop();
  expect(running.channels()[0]?.series.values).toEqual([1, 2, 3]);
});
