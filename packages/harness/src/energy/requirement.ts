/** Whether energy would be measured: as `energy.require: measured` wants it, or at all. */
import { failed, warning, type Plan } from '@llem/core';
import type { Plugins } from '../request.js';
import { chooseGpus, devicesOf } from '../devices/selection.js';
import { headlineDevices } from './domains.js';
import { billedMeters, isMeasured, type NamedFinding, type UsableMeter } from './meters.js';

/** Why nothing is billed to a server that llem does not start, a sentence's part. */
export const MAY_BE_ELSEWHERE =
  'llem does not start the server, which may run on another machine than the meters';
/** What to do about it. */
export const WRITE_DEVICES =
  'Where the server runs on this machine, write `devices`: the GPUs that it computes on, or none where it computes on processors.';

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
    const devices = devicesOf(experiment, plugins);
    if (devices === null) return true;
    if (chooseGpus(meters, devices).wrong.length > 0) return false;
    const headline = headlineDevices(billedMeters(meters, devices), devices !== 'none');
    return headline.length === 0 || !headline.every((device) => isMeasured(meters, device.id));
  });
  if (!unmet) return [];
  if (devicesOf(unmet, plugins) === null) {
    return [
      {
        id: 'energy.require',
        ...failed(
          `The study requires measured energy, and ${unmet.label} has none: ${MAY_BE_ELSEWHERE}.`,
          `${WRITE_DEVICES} Otherwise set \`energy: { require: any }\`.`,
        ),
      },
    ];
  }
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

/** A warning for servers whose energy nobody measures; empty where measured energy is required, which is told then. */
export function unbilledServers(plan: Plan, plugins: Plugins): NamedFinding[] {
  if (plan.energy.require === 'measured') return [];
  const unbilled = plan.experiments.filter((experiment) => devicesOf(experiment, plugins) === null);
  const [first] = unbilled;
  if (!first) return [];
  const more = unbilled.length > 1 ? ` and ${unbilled.length - 1} more` : '';
  return [
    {
      id: 'energy.devices',
      ...warning(
        `The energy of ${first.label}${more} will not be known: ${MAY_BE_ELSEWHERE}.`,
        WRITE_DEVICES,
      ),
    },
  ];
}
