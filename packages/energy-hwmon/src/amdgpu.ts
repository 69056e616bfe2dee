/** AMD GPUs: the driver amdgpu tells power, temperature, memory and utilisation in files (kernel documentation, "amdgpu thermal"). */
import { realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { GpuFacts } from '@llem/core';
import { obstacle } from '@llem/sysfs';
import { MICRO, MILLI, type Metered, type Reading } from './metered.js';
import { numberOf, textOf, type Chip } from './sensors.js';

const PERIOD_MS = { power: 20, state: 500 } as const;

/** Integrated graphics are left out: they have no memory of their own. */
export function amdGpus(chips: readonly Chip[]): Metered[] {
  return chips
    .filter(
      ({ name, path }) =>
        name === 'amdgpu' && (numberOf(join(path, 'device', 'mem_info_vram_total')) ?? 0) > 0,
    )
    .map(({ path }) => {
      const card = join(path, 'device');
      const readings = readingsOf(path, card);
      const gpu = factsOf(path, card);
      const power = readings.find(({ quantity }) => quantity === 'powerW');
      return {
        readings,
        device: {
          id: `gpu:${uuidOf(card)}`,
          scope: 'gpu',
          name: textOf(join(card, 'product_name')) ?? 'AMD GPU',
          facts: { pciBusId: busIdOf(card), power: power === undefined ? null : basename(power.path) },
          overlaps: ['node:cray'],
          gpu,
          reasons: {
            energyJ: 'amdgpu has no counter of energy in a file',
            ...(power === undefined ? { powerW: 'no file with power says anything' } : {}),
            ...reasonsOf(gpu),
          },
        },
      };
    });
}

/** As ROCm writes it in ROCR_VISIBLE_DEVICES; a GPU without a serial number goes by its address. */
function uuidOf(card: string): string {
  const serial = textOf(join(card, 'unique_id'));
  return serial === null ? (busIdOf(card) ?? 'unknown') : `GPU-${serial}`;
}

function busIdOf(card: string): string | null {
  try {
    return basename(realpathSync(card));
  } catch {
    return null;
  }
}

/**
 * `power1_input` is of an instant, `power1_average` a mean over a time that the driver does not tell; newer cards have the first,
 * older ones the second. A file that says 0 says nothing: on cards of two dies one tells the power of both.
 */
function readingsOf(chip: string, card: string): Reading[] {
  const power = ['power1_input', 'power1_average']
    .map((file) => join(chip, file))
    .find((path) => numberOf(path));
  const all: Reading[] = [
    { quantity: 'temperatureC', path: join(chip, 'temp1_input'), scale: MILLI, minPeriodMs: PERIOD_MS.state },
    {
      quantity: 'memoryBytes',
      path: join(card, 'mem_info_vram_used'),
      scale: 1,
      minPeriodMs: PERIOD_MS.state,
    },
    {
      quantity: 'utilization',
      path: join(card, 'gpu_busy_percent'),
      scale: 0.01,
      minPeriodMs: PERIOD_MS.state,
    },
  ];
  return [
    ...(power === undefined
      ? []
      : [{ quantity: 'powerW', path: power, scale: MICRO, minPeriodMs: PERIOD_MS.power } as const]),
    ...all.filter(({ path }) => obstacle(path) === null),
  ];
}

/** Of every fact that is null. The driver of the kernel itself has no version of its own. */
function reasonsOf({ powerLimitW, ...facts }: GpuFacts): Record<string, string> {
  const limits = Object.entries(powerLimitW).map(([name, value]) => [`powerLimitW.${name}`, value] as const);
  const untold = [...Object.entries(facts), ...limits].filter(([, value]) => value === null);
  return {
    ...Object.fromEntries(untold.map(([name]) => [name, 'amdgpu does not tell it in a file'])),
    persistence: 'amdgpu has no such mode',
  };
}

function factsOf(chip: string, card: string): GpuFacts {
  const watts = (file: string) => numberOf(join(chip, file), MICRO);
  const partition = textOf(join(card, 'current_compute_partition'));
  return {
    driver: textOf('/sys/module/amdgpu/version'),
    vbios: textOf(join(card, 'vbios_version')),
    memoryBytes: numberOf(join(card, 'mem_info_vram_total')),
    powerLimitW: {
      enforced: watts('power1_cap'),
      default: watts('power1_cap_default'),
      min: watts('power1_cap_min'),
      max: watts('power1_cap_max'),
    },
    persistence: null,
    // SPX, "single partition": the GPU is one device. Those that cannot be partitioned do not have the file.
    partitioned: partition !== null && partition !== 'SPX',
    ecc: null,
  };
}
