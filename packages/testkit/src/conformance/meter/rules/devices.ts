/** What there is to measure. */
import { isDeepStrictEqual } from 'node:util';
import { SCOPES, type Device, type GpuFacts } from '@llem/core';
import { demand } from '../../rule.js';
import { demandPlain } from '../../package/plain.js';
import { rule } from './rule.js';

const ID = new RegExp(`^(${SCOPES.join('|')}):\\S+$`);
const PATTERN = new RegExp(`^(${SCOPES.join('|')}):\\S*$`);

/** By the names that `Device.reasons` has. */
function factsOf({ powerLimitW, ...others }: GpuFacts): [string, unknown][] {
  const limits = Object.entries(powerLimitW).map(([name, value]): [string, unknown] => [
    `powerLimitW.${name}`,
    value,
  ]);
  return [...Object.entries(others), ...limits];
}

const hasReason = ({ reasons = {} }: Device, name: string) => (reasons[name] ?? '') !== '';

export const deviceRules = [
  rule(
    'meter.devices.ids',
    'every device has an id of its own, that begins with its scope',
    ({ devices }) => {
      const seen = new Set<string>();
      for (const { id, scope } of devices) {
        demand(
          ID.test(id) && id.startsWith(`${scope}:`),
          `The device "${id}" is to be called ${scope}: and a name.`,
        );
        demand(!seen.has(id), `Two devices are called ${id}.`);
        seen.add(id);
      }
    },
  ),

  rule('meter.devices.stable', 'devices are the same when they are asked for again', ({ meter, devices }) => {
    const ids = (of: readonly Device[]) => of.map(({ id }) => id);
    demand(
      isDeepStrictEqual(ids(meter.devices()), ids(devices)),
      'Asked twice it tells of other devices, or in another order.',
    );
  }),

  rule('meter.devices.plain', 'devices are JSON', ({ devices }) => {
    for (const device of devices) demandPlain(device.id, device);
  }),

  rule('meter.devices.named', 'every device has a name for people', ({ devices }) => {
    for (const { id, name } of devices)
      demand(typeof name === 'string' && name.trim() !== '', `${id} has no name.`);
  }),

  rule(
    'meter.devices.overlaps',
    'overlaps are ids of other devices, or the beginning of some and *',
    ({ devices }) => {
      for (const { id, overlaps } of devices) {
        for (const other of overlaps) {
          demand(
            PATTERN.test(other) && !/\*./.test(other),
            `${id} overlaps "${other}", which is no id of a device.`,
          );
          demand(other !== id, `${id} overlaps itself.`);
        }
      }
    },
  ),

  rule(
    'meter.devices.reasons',
    'says why a fact of a GPU is null, and why a GPU has no energy',
    ({ meter, devices }) => {
      for (const device of devices) {
        const { id, gpu, scope } = device;
        const missing = gpu
          ? factsOf(gpu).find(([name, value]) => value === null && !hasReason(device, name))
          : undefined;
        demand(
          missing === undefined,
          `The fact ${missing?.[0] ?? ''} of ${id} is null, and \`reasons\` does not say why.`,
        );
        const counts = meter.channels([device]).some(({ quantity }) => quantity === 'energyJ');
        demand(
          scope !== 'gpu' || counts || hasReason(device, 'energyJ'),
          `${id} has no counter of energy, and \`reasons\` does not say why.`,
        );
      }
    },
  ),
];
