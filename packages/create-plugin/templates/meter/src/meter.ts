/**
 * The plugin: the meter PLUGIN_ID. As it comes it estimates the energy of the whole machine from a counter that every Linux has: the
 * seconds that it has been up, times the watts that it takes. Name the file of a counter of yours instead, or rewrite counter.ts.
 */
import { definePlugin, llemError, type Channel, type Device, type Meter, type Probe } from '@llem/core';
import { checksFor } from './checks.js';
import { nameOf, obstacle, openCounter } from './counter.js';
import { optionsSchema, type Options } from './options.js';

export const DEVICE_ID = 'node:PLUGIN_ID';

export const { options, create } = definePlugin(optionsSchema, (_context, settings): Meter => ({
  checks: () => checksFor(settings),
  // What can be read here; empty, without an error, where nothing can.
  devices: () => (obstacle(settings.path) === null ? [toDevice(settings)] : []),
  channels: (devices) => (devices.some(({ id }) => id === DEVICE_ID) ? [toChannel(settings)] : []),
  open: (channels) => openProbe(settings, channels),
  explain: (code) => `${nameOf(code)} from ${settings.path}`,
  // Left out, because this source does not tell who uses the device: `processes`.
}));

const toDevice = ({ path, joules_per_unit }: Options): Device => ({
  id: DEVICE_ID,
  scope: 'node',
  name: 'Whole machine (estimate)',
  facts: { path, joulesPerUnit: joules_per_unit },
  // The machine contains its processors, memory and GPUs: their energy is never added to this.
  overlaps: ['cpu:*', 'dram:*', 'gpu:*', 'node:*'],
});

const toChannel = ({ joules_per_unit }: Options): Channel => ({
  deviceId: DEVICE_ID,
  quantity: 'energyJ',
  // False: a model's figure. Everything computed from it is labelled estimated. Set it to true where your source measures.
  measured: false,
  // /proc/uptime has steps of 10 ms.
  minPeriodMs: 10,
  resolution: 0.01 * joules_per_unit,
  // The stated accuracy of your source; of a guess like this one it is what the guess may be wrong by.
  accuracyRel: 0.5,
});

/** Lives in the sampler thread, where it is read thousands of times. Throws LLEM_E_METER. */
function openProbe({ path, joules_per_unit }: Options, channels: readonly Channel[]): Probe {
  const refuse = (message: string, cause?: unknown) =>
    llemError('LLEM_E_METER', message, {
      remedy: 'Run `llem doctor`, which names what keeps the counter from being read.',
      cause,
    });
  const unknown = channels.find(({ deviceId }) => deviceId !== DEVICE_ID);
  if (unknown) throw refuse(`The meter PLUGIN_ID has no device ${unknown.deviceId}.`);
  try {
    // There is one channel. Of several, `read` is asked for one at a time, by its index in `channels`.
    return openCounter(path, joules_per_unit);
  } catch (cause) {
    throw refuse(`The counter ${path} cannot be opened (${obstacle(path) ?? 'for a moment'}).`, cause);
  }
}
