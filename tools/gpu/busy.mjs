// Works for a while and rests for a while, again and again, until its parent has gone: `busy.mjs cuda BUS_ID`, or
// `busy.mjs simulated CONTROL_FILE GPU`. Tells its parent what it does.
import { openSimulatedNvml } from '../../packages/testkit/dist/index.js';
import { openCuda } from './cuda.mjs';

const [kind, target, index] = process.argv.slice(2);
const SIMULATED_W = { busy: 620, idle: 90 };

process.once('disconnect', () => process.exit(0));
const work = kind === 'simulated' ? simulated(target, Number(index)) : onGpu(target);
process.send(work.what);
// Times are drawn from a fixed seed: between 0.2 and 1.5 s each.
let seed = 1;
const nextMs = () => {
  seed = (seed * 48_271) % 2_147_483_647;
  return 200 + (1_300 * seed) / 2_147_483_647;
};
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
for (;;) {
  await work.busy(nextMs());
  await sleep(nextMs());
}

function simulated(path, gpu) {
  const nvml = openSimulatedNvml(path);
  return {
    what: `${SIMULATED_W.busy} W and ${SIMULATED_W.idle} W of a simulated GPU, 0.2 to 1.5 s each`,
    async busy(ms) {
      nvml.draw(gpu, SIMULATED_W.busy);
      await sleep(ms);
      nvml.draw(gpu, SIMULATED_W.idle);
    },
  };
}

function onGpu(busId) {
  try {
    const cuda = openCuda(busId);
    return {
      what: 'multiplications on all units, and rests, 0.2 to 1.5 s each',
      async busy(ms) {
        const untilMs = performance.now() + ms;
        while (performance.now() < untilMs) {
          cuda.run();
          await sleep(0);
        }
      },
    };
  } catch (error) {
    return { what: `none (${error.message}); put one on the GPU yourself`, busy: sleep };
  }
}
