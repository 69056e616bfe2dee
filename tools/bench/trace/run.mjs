// One trace of the trace bench, in a process of its own.
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { Worker } from 'node:worker_threads';
import { workloadSchema } from '../../../packages/core/dist/index.js';
import { requestTables, tokenTables } from '../../../packages/harness/dist/run/tables.js';
import { accountWindow } from '../../../packages/harness/dist/window/accounting.js';
import { inOrderOfSending, unpackPage } from '../../../packages/loadgen/dist/thread/pages.js';
import { replaceFile } from '../../../packages/results/dist/store/durable.js';
import { toParquet } from '../../../packages/results/dist/store/parquet.js';

const load = JSON.parse(process.argv[2]);
const folder = await mkdtemp(join(tmpdir(), 'llem-bench-'));
const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();

const steps = [];
const step = async (name, run) => {
  delay.reset();
  const startMs = performance.now();
  const result = await run();
  const seconds = (performance.now() - startMs) / 1e3;
  // A turn of the loop, so that what stood still at the end is seen too.
  await new Promise((resolve) => setTimeout(resolve, 20));
  steps.push({ name, seconds, stillMs: delay.max / 1e6, peakMb: process.resourceUsage().maxRSS / 1e3 });
  return result;
};

const workers = Array.from({ length: load.threads }, (_, thread) => {
  const workerData = { ...load, thread };
  return new Worker(new URL('./thread.mjs', import.meta.url), { workerData });
});
const heard = (worker) => new Promise((resolve) => worker.once('message', resolve));
await step('load', () => Promise.all(workers.map(heard)));
const requests = await step('hand over', async () => {
  const all = [];
  await Promise.all(
    workers.map(async (worker) => {
      for (;;) {
        const answer = heard(worker);
        worker.postMessage('next');
        const page = await answer;
        if (page === null) break;
        for (const request of unpackPage(page)) all.push(request);
      }
      await worker.terminate();
    }),
  );
  return inOrderOfSending(all);
});

const endNs = requests.reduce((latest, { endedNs }) => Math.max(latest, endedNs), 0);
const trace = {
  originNs: process.hrtime.bigint(),
  // All but the first and the last hundredth.
  openNs: endNs / 100,
  closeNs: endNs - endNs / 100,
  requests,
  unsentNs: new Float64Array(),
  threadUtilization: 0.5,
  threads: load.threads,
};
const clock = (atNs) => Number(atNs - trace.originNs) / 1e9;
const workload = workloadSchema.parse({ slo: { ttft_ms: 500, itl_ms: 50 } });
const account = await step('accounting', () => accountWindow(trace, workload, true));
await step('requests.parquet', () =>
  replaceFile(join(folder, 'r'), toParquet('requests', requestTables(trace, clock))),
);
await step('tokens.parquet', () =>
  replaceFile(join(folder, 't'), toParquet('tokens', tokenTables(trace, clock))),
);
const { size } = await stat(join(folder, 't'));
await rm(folder, { recursive: true });
process.send({ steps, requests: requests.length, counted: account.tokens.output, fileMb: size / 1e6 }, () =>
  process.disconnect(),
);
delay.disable();
