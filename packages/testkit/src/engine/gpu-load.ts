/** The power that an engine's load draws on simulated GPUs. */
import { openSimulatedNvml } from '../nvml/control.js';
import type { EngineOptions } from './options.js';

export interface GpuLoad {
  /** So many requests run now. */
  running(requests: number): void;
  /** The engine has ended. Idempotent. */
  end(): void;
}

/** The engine is up: it holds memory and draws its idle power. Throws where there is no such control file. */
export function loadGpus(options: EngineOptions['gpu']): GpuLoad {
  if (options === null) return { running: () => undefined, end: () => undefined };
  const nvml = openSimulatedNvml(options.control);
  let drawnW = Number.NaN;
  let ended = false;
  const draw = (watts: number) => {
    if (watts === drawnW) return;
    drawnW = watts;
    for (const gpu of options.indices) nvml.draw(gpu, watts);
  };
  const hold = (bytes: number, pids: readonly number[]) => {
    for (const gpu of options.indices) {
      nvml.set(gpu, 'memoryUsed', bytes);
      nvml.setProcesses(
        gpu,
        pids.map((pid) => ({ pid, bytes })),
      );
    }
  };
  hold(options.memoryBytes, [process.pid]);
  draw(options.idleW);
  return {
    running: (requests) => {
      if (!ended) draw(options.idleW + requests * options.slotW);
    },
    end() {
      if (ended) return;
      ended = true;
      draw(options.bareW);
      hold(0, []);
      nvml.close();
    },
  };
}
