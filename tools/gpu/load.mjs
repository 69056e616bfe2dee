// A load that comes and goes, so that power changes: in a process of its own, on the GPU or on the simulated driver.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { openSimulatedNvml } from '../../packages/testkit/dist/index.js';

const BUSY = fileURLToPath(new URL('./busy.mjs', import.meta.url));

/**
 * Starts it. `what` says in words what runs; `joulesBetween` is the truth of a simulated driver, in nanoseconds of its clock, null on a
 * real one. A machine whose CUDA driver cannot be used has no load, and `what` says why.
 */
export async function startLoad(gpu, index) {
  const control = process.env.LLEM_SIMULATED_NVML;
  const child = fork(
    BUSY,
    control === undefined ? ['cuda', gpu.facts.pciBusId] : ['simulated', control, index],
  );
  const [what] = await once(child, 'message');
  const simulated = control === undefined ? null : openSimulatedNvml(control);
  return {
    what,
    joulesBetween: simulated && ((fromNs, toNs) => simulated.joulesBetween(index, fromNs, toNs)),
    async stop() {
      if (child.exitCode !== null) return;
      child.disconnect();
      await once(child, 'exit');
    },
  };
}
