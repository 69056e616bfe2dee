/** The hwmon meter: power of NVIDIA Grace processors and of AMD GPUs. There is no counter; llem integrates. */
import {
  absent,
  definePlugin,
  llemError,
  ok,
  tellsEnergy,
  warning,
  type Channel,
  type Finding,
  type Meter,
  type Probe,
} from '@llem/core';
import { nameOf, obstacle, openScaledFiles } from '@llem/sysfs';
import { z } from 'zod';
import { amdGpus } from './amdgpu.js';
import { graceSockets } from './grace.js';
import type { Metered, Reading } from './metered.js';
import { listChips } from './sensors.js';

/** Nobody states one: this project's own default for a sensor without a stated accuracy. */
const ACCURACY_REL = 0.05;

export const optionsSchema = z
  .strictObject({
    path: z
      .string()
      .min(1)
      .default('/sys/class/hwmon')
      .describe('Folder of the sensors. For containers that mount the one of their host somewhere else.'),
  })
  .describe('Power of NVIDIA Grace processors and AMD GPUs through hwmon of Linux, without a counter.');

export const { options, create } = definePlugin(optionsSchema, (_, { path }): Meter => hwmonMeter(path));

export function hwmonMeter(root: string): Meter {
  const find = (): Metered[] => {
    const chips = listChips(root);
    return [...amdGpus(chips), ...graceSockets(chips)];
  };
  const usable = () => find().filter(({ readings }) => readings.some(isReadablePower));
  return {
    checks: () => [
      {
        id: 'hwmon.readable',
        title: 'Power of Grace processors and AMD GPUs (hwmon)',
        run: () => Promise.resolve(readable(root, find())),
      },
    ],
    devices: () => usable().map(({ device }) => device),
    channels: (devices) =>
      usable()
        .filter(({ device }) => devices.some(({ id }) => id === device.id))
        .flatMap(({ device, readings }) => readings.map((reading) => toChannel(device.id, reading))),
    open: (channels) => openProbe(find(), channels),
    explain: (code) => `${nameOf(code)} from a file under ${root}`,
  };
}

const isReadablePower = (reading: Reading) => tellsEnergy(reading) && obstacle(reading.path) === null;

function readable(root: string, found: readonly Metered[]): Finding {
  const remedy =
    'AMD GPUs need the driver amdgpu, Grace the kernel module `acpi_power_meter`. In a container mount the folder of the host and name it: `path`.';
  if (found.length === 0)
    return absent(`No sensor of a Grace processor or an AMD GPU under ${root}.`, remedy);
  const silent = found
    .filter(({ readings }) => !readings.some(isReadablePower))
    .map(({ device }) => device.id);
  if (silent.length > 0) return warning(`No power can be read of ${silent.join(', ')}.`, remedy);
  return ok(`Power of ${found.map(({ device }) => device.id).join(', ')}.`);
}

function toChannel(deviceId: string, { quantity, scale, minPeriodMs, averagedMs }: Reading): Channel {
  return {
    deviceId,
    quantity,
    measured: true,
    minPeriodMs,
    resolution: scale,
    accuracyRel: tellsEnergy({ quantity }) ? ACCURACY_REL : 0,
    ...(averagedMs === undefined ? {} : { averagedMs }),
  };
}

/** Throws LLEM_E_METER when a sensor cannot be opened. */
function openProbe(found: readonly Metered[], channels: readonly Channel[]): Probe {
  try {
    return openScaledFiles(
      channels.map((channel) => {
        const reading = found
          .find(({ device }) => device.id === channel.deviceId)
          ?.readings.find(({ quantity }) => quantity === channel.quantity);
        if (reading === undefined)
          throw new Error(`there is no sensor for ${channel.quantity} of ${channel.deviceId}`);
        return { path: reading.path, scale: reading.scale, positive: tellsEnergy(channel) };
      }),
    );
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw llemError('LLEM_E_METER', `A sensor cannot be opened: ${why}.`, {
      remedy: 'Run `llem doctor`, which names what can be read.',
      cause,
    });
  }
}
