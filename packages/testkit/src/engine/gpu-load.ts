/** What an engine is to simulated GPUs: a process that holds memory and draws power. */
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
  const indices = options.indices ?? visible(nvml.uuids(), process.env['CUDA_VISIBLE_DEVICES']);
  let drawnW = Number.NaN;
  let ended = false;
  const draw = (watts: number) => {
    if (watts === drawnW) return;
    drawnW = watts;
    for (const gpu of indices) nvml.draw(gpu, watts);
  };
  for (const gpu of indices) nvml.join(gpu, process.pid, options.memoryBytes);
  draw(options.idleW);
  return {
    running: (requests) => {
      if (!ended) draw(options.idleW + requests * options.slotW);
    },
    end() {
      if (ended) return;
      ended = true;
      draw(options.bareW);
      for (const gpu of indices) nvml.leave(gpu, process.pid);
      nvml.close();
    },
  };
}

/** Indices of the GPUs that a list of UUIDs names; of all where there is no list. */
function visible(uuids: readonly string[], list: string | undefined): number[] {
  const named = list?.split(',');
  return uuids.flatMap((uuid, index) => (named === undefined || named.includes(uuid) ? [index] : []));
}
