/** `energy.require: measured`: whether every experiment's headline figure would be measured. */
import { failed, type Plan } from '@llem/core';
import type { Plugins } from '../request.js';
import { chooseGpus, devicesOf } from '../devices/selection.js';
import { headlineDevices } from './domains.js';
import { billedMeters, isMeasured, type NamedFinding, type UsableMeter } from './meters.js';

/**
 * A failed finding for the first experiment that could only be estimated; empty when all is well or nothing is required. One that
 * names GPUs that are not there is told of that alone.
 */
export function unmetRequirement(
  plan: Plan,
  plugins: Plugins,
  meters: readonly UsableMeter[],
): NamedFinding[] {
  if (plan.energy.require !== 'measured') return [];
  const unmet = plan.experiments.find((experiment) => {
    const devices = devicesOf(experiment, plugins.backend(experiment));
    if (chooseGpus(meters, devices).wrong.length > 0) return false;
    const headline = headlineDevices(billedMeters(meters, devices), devices !== 'none');
    return headline.length === 0 || !headline.every((device) => isMeasured(meters, device.id));
  });
  if (!unmet) return [];
  return [
    {
      id: 'energy.require',
      ...failed(
        `The study requires measured energy, and here that of ${unmet.label} could at best be estimated.`,
        'Run `llem doctor` to see what a meter needs, or set `energy: { require: any }` to accept an estimate.',
      ),
    },
  ];
}
