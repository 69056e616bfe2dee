/** The meter in a thread of its own, as the sampler has it: the built module, which a worker can load. */
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { readAll, simulatedNvml } from './simulated.fixture.js';

const { start } = simulatedNvml();
const MODULE = new URL('../dist/meter.js', import.meta.url).href;

/** Runs `body` in a worker that has the meter, its channels and a probe on them; gives what it posts. */
async function inWorker(library: string, body: string): Promise<unknown> {
  const worker = new Worker(
    `const { parentPort, workerData } = require('node:worker_threads');
     const { PerformanceObserver } = require('node:perf_hooks');
     import(workerData.module).then(async ({ create }) => {
       const meter = create({ cacheDir: '' }, { library: workerData.library });
       const channels = meter.channels(meter.devices());
       const probe = meter.open(channels);
       const out = new Float64Array(channels.length);
       const readAll = () => {
         let code = 0;
         for (let index = 0; index < out.length; index += 1) code = code || probe.read(out, index);
         return code;
       };
       ${body}
       probe.close();
     });`,
    { eval: true, workerData: { module: MODULE, library } },
  );
  try {
    return await new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
  } finally {
    await worker.terminate();
  }
}

it('loads and reads in a worker while the main thread has it too', async () => {
  const { meter, library } = start({ gpus: [{ power_w: 300 }, { power_w: 310 }] });
  const here = readAll(meter);
  const there = await inWorker(library, 'parentPort.postMessage([readAll(), ...out]);');
  const { code, out } = here.read();
  here.close();
  expect(there).toEqual([code, ...out]);
});

it('allocates nothing while it reads: millions of readings leave no garbage to collect', async () => {
  const { library } = start({ gpus: [{}, {}] });
  const collections = await inWorker(
    library,
    `for (let read = 0; read < 20_000; read += 1) readAll();
     let collections = 0;
     const observer = new PerformanceObserver((list) => { collections += list.getEntries().length; });
     observer.observe({ entryTypes: ['gc'] });
     for (let read = 0; read < 200_000; read += 1) readAll();
     await new Promise((resolve) => setImmediate(resolve));
     await new Promise((resolve) => setImmediate(resolve));
     parentPort.postMessage(collections);`,
  );
  // Of 20 channels: 8 bytes each would fill the nursery of 16 MB twice. What was there before may do it once.
  expect(collections).toBeLessThan(2);
});
