/** What an experiment computes on and is billed for. */
import type { Backend, Device, DeviceSelection, Experiment } from '@llem/core';
import type { UsableMeter } from '../energy/meters.js';

/** As the experiment says, else what its engine is made for: an engine for processors none, one for GPUs all. */
export function devicesOf(experiment: Experiment, backend: Backend): DeviceSelection {
  return experiment.devices ?? (backend.computesOn === 'gpu' ? 'all' : 'none');
}

/** The GPUs among what is metered, each once, however many meters tell of it. */
export function gpusOf(meters: readonly UsableMeter[]): Device[] {
  const gpus = meters.flatMap(({ devices }) => devices).filter(({ scope }) => scope === 'gpu');
  return [...new Map(gpus.map((gpu) => [gpu.id, gpu])).values()];
}
