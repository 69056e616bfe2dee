// The sampler on simulated GPUs for some seconds.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kindOf } from '../../../packages/harness/dist/sampler/rates.js';
import { latenessOf } from '../../../packages/harness/dist/sampler/tally.js';
import { startSampler } from '../../../packages/harness/dist/sampler/thread.js';
import { create } from '../../../packages/energy-nvml/dist/meter.js';
import { compileSimulatedNvml, createSimulatedNvml } from '../../../packages/testkit/dist/index.js';

const MODULE = new URL('../../../packages/energy-nvml/dist/meter.js', import.meta.url).href;
const SETTLE_MS = 500;
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Of power and counters: how often they were read, how late, how many ticks were missed, and what a call took. */
export async function measure({ count, counterMs, edge, blocked, seconds }) {
  const folder = mkdtempSync(join(tmpdir(), 'llem-bench-sampler-'));
  const nvml = createSimulatedNvml(join(folder, 'control'), {
    gpus: Array.from({ length: count }, () => ({})),
    latency_ms: { nvmlDeviceGetTotalEnergyConsumption: counterMs },
  });
  process.env.LLEM_SIMULATED_NVML = nvml.path;
  const options = { library: compileSimulatedNvml(folder) };
  const context = { cacheDir: '' };
  const meter = create(context, options);
  const channels = meter.channels(meter.devices());
  const ref = { kind: 'meter', id: 'nvml', moduleUrl: MODULE, options };
  const sampler = startSampler([{ ref, channels }], context);
  try {
    await Promise.race([sampler.ready, sampler.failed]);
    sampler.edge(edge);
    await wait(SETTLE_MS);
    const before = sampler.counts();
    if (blocked) block(seconds * 1e3);
    else await wait(seconds * 1e3);
    return figures(before, sampler.counts(), channels);
  } finally {
    await sampler.stop();
    nvml.close();
    rmSync(folder, { recursive: true });
  }
}

function block(ms) {
  const untilMs = performance.now() + ms;
  while (performance.now() < untilMs);
}

function figures(before, after, channels) {
  const elapsedMs = Number(after.atNs - before.atNs) / 1e6;
  const kinds = ['power', 'counter'].map((kind) => {
    const own = [...channels.keys()].filter((index) => kindOf(channels[index]) === kind);
    const sum = (field) =>
      own.reduce((total, index) => total + after.channels[index][field] - before.channels[index][field], 0);
    const [ticks, missed] = [sum('ticks'), sum('missed')];
    return {
      kind,
      everyMs: (elapsedMs * own.length) / ticks,
      lateness: latenessOf(after.lateness[kind].map((n, place) => n - before.lateness[kind][place])),
      missedShare: missed / (ticks + missed),
      callUs: sum('callNs') / ticks / 1e3,
    };
  });
  return { share: (after.busyNs - before.busyNs) / 1e6 / elapsedMs, kinds };
}
