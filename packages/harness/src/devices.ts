/** What an experiment computes on and is billed for. */
import type { Backend, DeviceSelection, Experiment } from '@llem/core';

/** As the experiment says, else what its engine is made for: an engine for processors none, one for GPUs all. */
export function devicesOf(experiment: Experiment, backend: Backend): DeviceSelection {
  return experiment.devices ?? (backend.computesOn === 'gpu' ? 'all' : 'none');
}
