/**
 * A thousand windows whose truth is known, through everything that a window's energy goes through: the sampler's loop, native calls
 * into the simulated driver on its virtual clock, and the figures of the record.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInstance } from '@llem/core';
import { compileSimulatedNvml, createSimulatedNvml } from '@llem/testkit';
import { afterAll, expect, it } from 'vitest';
import { deviceEnergy } from '../dist/energy/device.js';
import type { ChannelSeries } from '../dist/sampler/thread.js';
import { runLoop } from '../dist/sampler/loop.js';
import { kindOf, leadMs } from '../dist/sampler/rates.js';
import { createTally } from '../dist/sampler/tally.js';
import { generator, servedPower } from './served-power.js';

const NVML_METER = new URL('../../energy-nvml/dist/meter.js', import.meta.url).href;
const folder = mkdtempSync(join(tmpdir(), 'llem-edges-'));
const library = compileSimulatedNvml(folder);
afterAll(() => rmSync(folder, { recursive: true }));

const WINDOW_S = 5;
/** From the start of one window to the next, at least. */
const APART_S = 7;
const FIRST_S = 1_010;
const COUNTER_CALL_S = 0.0025;
const NS = 1e9;

interface WindowResult {
  readonly truthJ: number;
  readonly joules: number;
  readonly edgeJ: number;
  readonly plainJ: number;
}

/** So many windows over one load; the counter's steps of 100 ms jitter by 5 ms, lag by up to 10 ms, and 2 % of them go missing. */
async function measure(seed: number, count: number): Promise<WindowResult[]> {
  const draw = generator(seed);
  const starts = Array.from({ length: count }, (_, nth) => FIRST_S + nth * APART_S + draw());
  const untilS = FIRST_S + count * APART_S + 5;
  const nvml = createSimulatedNvml(join(folder, `control-${seed}`), {
    clock: 'virtual',
    now_s: 1_000,
    gpus: [
      {
        power_w: servedPower(draw, 1_000, untilS),
        counter: { step_ms: 100, jitter_ms: 5, lag_ms: 10, missing: 0.02, seed },
        power: { step_ms: 20 },
      },
    ],
  });
  process.env['LLEM_SIMULATED_NVML'] = nvml.path;
  const module: unknown = await import(NVML_METER);
  const meter = createInstance('meter', 'nvml', module, { cacheDir: '' }, { library });
  const channels = meter.channels(meter.devices());
  const probe = meter.open(channels);
  const out = new Float64Array(channels.length);

  let nowNs = 1_000 * NS;
  const leadNs = leadMs([100]) * 1e6;
  const edges = starts.flatMap((start) => [start * NS, (start + WINDOW_S) * NS]);
  const changes = edges.flatMap((edge) => [edge - leadNs, edge + leadNs]);
  let next = 0;
  const command = () => {
    while (next < changes.length && (changes[next] ?? Infinity) <= nowNs) next += 1;
    if (nowNs >= untilS * NS) return 'stop';
    return next % 2 === 1 ? 'edge' : 'run';
  };
  const series = channels.map((channel): ChannelSeries => ({
    meterId: 'nvml',
    channel,
    series: { atNs: [], callNs: [], values: [] },
    failures: { count: 0, lastCode: null, reason: null },
  }));
  runLoop(
    channels.map((channel, index) => ({
      channel,
      index,
      out,
      probe: {
        // The driver looks somewhere inside the call.
        read(into: Float64Array, own: number) {
          const callNs = channel.quantity === 'energyJ' ? COUNTER_CALL_S * NS : 1e4;
          const beforeNs = callNs * draw();
          nvml.setNowNs(nowNs + beforeNs);
          const code = probe.read(into, own);
          nowNs += callNs;
          return code;
        },
      },
    })),
    {
      nowNs: () => nowNs,
      wait(current, ms) {
        const now = command();
        if (now !== current) return now;
        nowNs = Math.min(nowNs + ms * 1e6, changes[next] ?? untilS * NS);
        return command();
      },
    },
    createTally(channels.map(kindOf)),
    {
      ready: () => undefined,
      reading(index, atNs, callNs, value) {
        series[index]?.series.atNs.push(BigInt(Math.round(atNs)));
        series[index]?.series.callNs.push(callNs);
        series[index]?.series.values.push(value);
      },
      threw(_, error) {
        throw error;
      },
    },
  );
  probe.close();
  const truth = joulesOf(nvml.power(0));
  // The prefix sums are the simulation's own truth.
  expect(truth(starts[1] ?? 0) - truth(starts[0] ?? 0)).toBeCloseTo(
    nvml.joulesBetween(0, (starts[0] ?? 0) * NS, (starts[1] ?? 0) * NS),
    3,
  );
  nvml.close();
  const device = channels[0]?.deviceId ?? '';
  const counter = series.find(({ channel }) => channel.quantity === 'energyJ')?.series;
  return starts.map((start) => {
    const interval = {
      startNs: BigInt(Math.round(start * NS)),
      endNs: BigInt(Math.round((start + WINDOW_S) * NS)),
    };
    const { chosen, quality } = deviceEnergy(device, series, interval);
    expect(quality).toBe('counter');
    const at = (ns: bigint) =>
      counter?.values[counter.atNs.findLastIndex((each) => each <= ns)] ?? Number.NaN;
    return {
      truthJ: truth(start + WINDOW_S) - truth(start),
      joules: chosen?.joules ?? Number.NaN,
      edgeJ: chosen?.edgeJ ?? Number.NaN,
      plainJ: at(interval.endNs) - at(interval.startNs),
    };
  });
}

/** Joules from the beginning of a trace to a time in seconds. */
function joulesOf(parts: readonly { readonly from_s: number; readonly power_w: number }[]) {
  const sums = [0];
  for (let i = 1; i < parts.length; i += 1) {
    const [before, part] = [parts[i - 1], parts[i]];
    sums.push((sums[i - 1] ?? 0) + (before?.power_w ?? 0) * ((part?.from_s ?? 0) - (before?.from_s ?? 0)));
  }
  return (seconds: number) => {
    let [low, high] = [0, parts.length];
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if ((parts[middle]?.from_s ?? Infinity) <= seconds) low = middle;
      else high = middle;
    }
    return (sums[low] ?? 0) + (parts[low]?.power_w ?? 0) * (seconds - (parts[low]?.from_s ?? 0));
  };
}

const share = (results: readonly WindowResult[], holds: (result: WindowResult) => boolean) =>
  results.filter(holds).length / results.length;

it('states an interval of 95 % that holds the truth of a thousand windows as often as it says, and is narrow', async () => {
  const results: WindowResult[] = [];
  for (const seed of [1, 2, 3, 4]) results.push(...(await measure(seed, 250)));
  expect(results).toHaveLength(1_000);

  const coverage = share(results, ({ truthJ, joules, edgeJ }) => Math.abs(joules - truthJ) <= 1.96 * edgeJ);
  const halfWidth = results.reduce((sum, { truthJ, edgeJ }) => sum + (1.96 * edgeJ) / truthJ, 0) / 1_000;
  const close = share(results, ({ truthJ, joules }) => Math.abs(joules / truthJ - 1) <= 0.003);
  expect(coverage).toBeGreaterThanOrEqual(0.93);
  expect(coverage).toBeLessThanOrEqual(0.985);
  expect(halfWidth).toBeLessThanOrEqual(0.003);
  expect(close).toBeGreaterThanOrEqual(0.95);
  // The test would notice: the plain difference of the same readings is nowhere near.
  expect(share(results, ({ truthJ, plainJ }) => Math.abs(plainJ / truthJ - 1) <= 0.003)).toBeLessThan(0.5);
});
