/** NVIDIA Grace: ACPI power meters, each with the name of what it measures. */
import { join } from 'node:path';
import { MICRO, type Metered } from './metered.js';
import { entriesOf, numberOf, textOf, type Chip } from './sensors.js';

/** NVIDIA Grace Performance Tuning Guide, "Power Telemetry". */
const LABEL = /^(Module|Grace|CPU|SysIO) Power Socket (\d+)$/;
/** The shortest averaging interval that Grace's firmware offers, and the one it begins with. */
const AVERAGED_MS = 50;

/**
 * `Grace` is the socket, with `CPU` and `SysIO` as parts of it, which are not billed again. `Module` is a Grace Hopper module as a whole: socket,
 * memory, GPU and losses.
 */
export function graceSockets(chips: readonly Chip[]): Metered[] {
  return chips
    .flatMap((chip) => [chip.path, join(chip.path, 'device')])
    .flatMap((folder) =>
      entriesOf(folder).map((entry) => ({ folder, sensor: /^(power\d+)_oem_info$/.exec(entry)?.[1] })),
    )
    .flatMap(({ folder, sensor }) => {
      const path = join(folder, sensor ?? '');
      const [, part, socket] = LABEL.exec(textOf(`${path}_oem_info`) ?? '') ?? [];
      if (sensor === undefined || socket === undefined) return [];
      if (part === 'Grace') return [toMetered(path, socketOf(socket))];
      return part === 'Module' ? [toMetered(path, moduleOf(socket))] : [];
    });
}

type Identity = Pick<Metered['device'], 'id' | 'scope' | 'name' | 'overlaps'>;

const socketOf = (socket: string): Identity => ({
  id: `cpu:grace-${socket}`,
  scope: 'cpu',
  name: `NVIDIA Grace, socket ${socket}`,
  overlaps: [`node:hwmon-module-${socket}`, 'node:nvml-module-*', 'node:cray', 'cpu:cray'],
});

const moduleOf = (socket: string): Identity => ({
  id: `node:hwmon-module-${socket}`,
  scope: 'node',
  name: `NVIDIA Grace module ${socket}`,
  overlaps: ['cpu:*', 'dram:*', 'gpu:*', 'node:nvml-module-*', 'node:cray'],
});

function toMetered(path: string, identity: Identity): Metered {
  const averagedMs = numberOf(`${path}_average_interval`) ?? AVERAGED_MS;
  return {
    device: { ...identity, facts: { sensor: textOf(`${path}_oem_info`), averagedMs } },
    readings: [
      { quantity: 'powerW', path: `${path}_average`, scale: MICRO, minPeriodMs: averagedMs, averagedMs },
    ],
  };
}
