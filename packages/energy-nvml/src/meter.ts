/** The NVML meter: energy, power and state of NVIDIA GPUs, as their driver tells them. */
import { definePlugin, llemError, ok, tellsEnergy, type Channel, type Device, type Meter } from '@llem/core';
import { z } from 'zod';
import { cannotOpen, readableFinding, settingsFinding } from './checks.js';
import { explainCode } from './codes.js';
import { gpuOfInstance, handleOf } from './gpus.js';
import { takeInventory, type Inventory, type Metered, type MeteredGpu } from './inventory.js';
import { openSession, type NoSession, type Nvml } from './library.js';
import { openProbe } from './probe.js';
import { processesOf } from './processes.js';
import type { Source } from './sources.js';
import { visibleGpus, type Visible } from './visible.js';

/**
 * Systematic relative accuracy of power and of the counter: what tests against external meters find for power on a dozen models
 * (Yang, Adamek, Armour, arXiv 2312.02741). The counter is taken to err as its power does.
 */
const ACCURACY_REL = 0.05;

const LIBRARY = 'libnvidia-ml.so.1';
const PCI_ROOT = '/sys/bus/pci/devices';

export const optionsSchema = z
  .strictObject({
    library: z
      .string()
      .min(1)
      .default(LIBRARY)
      .describe(
        'Library of the driver, where the system does not find it. LLEM_NVML_LIBRARY comes before it.',
      ),
  })
  .describe(
    'NVIDIA GPUs: energy counters, power, temperature, clocks and what holds them down, memory in use (NVML).',
  );

export const { options, create } = definePlugin(optionsSchema, (_, { library }): Meter =>
  nvmlMeter(process.env['LLEM_NVML_LIBRARY'] ?? library, process.env, PCI_ROOT),
);

/** `env` is where CUDA_VISIBLE_DEVICES is looked up, `pciRoot` /sys/bus/pci/devices. */
export function nvmlMeter(
  library: string,
  env: Readonly<Record<string, string | undefined>>,
  pciRoot: string,
): Meter {
  /** What a look at the driver gives; `without` where it cannot be asked. */
  const look = <T>(of: (inventory: Inventory, nvml: Nvml) => T, without: (why: NoSession) => T): T => {
    const session = openSession(library);
    if ('reason' in session) return without(session);
    try {
      return of(takeInventory(session.nvml, pciRoot), session.nvml);
    } finally {
      session.close();
    }
  };
  const visibleOf = ({ gpus }: Inventory, nvml: Nvml): Visible<MeteredGpu> => {
    const { gpus: seen, doubts } = visibleGpus(
      gpus.map((each) => ({ ...each, uuid: each.gpu.uuid, name: each.gpu.name })),
      env,
      (uuid) => gpuOfInstance(nvml, uuid),
    );
    return { gpus: seen, doubts };
  };
  const find = (wanted: readonly Device[], { gpus, modules }: Inventory): Metered[] =>
    wanted.flatMap(({ id }) => [...gpus, ...modules].filter(({ device }) => device.id === id));

  return {
    checks: () => [
      {
        id: 'nvml.readable',
        title: 'Energy of NVIDIA GPUs (NVML)',
        run: () =>
          Promise.resolve(
            look(
              (inventory, nvml) => readableFinding(inventory, visibleOf(inventory, nvml)),
              (why) => cannotOpen({ path: library, named: library !== LIBRARY }, why, pciRoot),
            ),
          ),
      },
      {
        id: 'nvml.settings',
        title: 'Settings of NVIDIA GPUs',
        run: () =>
          Promise.resolve(
            look(
              (inventory, nvml) => settingsFinding(visibleOf(inventory, nvml)),
              () => ok('No GPU can be asked for them.'),
            ),
          ),
      },
    ],
    devices: () =>
      look(
        (inventory, nvml) => {
          const seen = visibleOf(inventory, nvml).gpus.map(({ device }) => device);
          const modules = inventory.modules
            .map(({ device }) => device)
            .filter(({ id }) => seen.some(({ overlaps }) => overlaps.includes(id)));
          return [...seen, ...modules];
        },
        () => [],
      ),
    channels: (devices) =>
      look(
        (inventory) =>
          find(devices, inventory).flatMap(({ device, chosen }) =>
            chosen.map((source) => toChannel(device, source)),
          ),
        () => [],
      ),
    open(channels) {
      const session = openSession(library);
      if ('reason' in session) {
        throw llemError(
          'LLEM_E_METER',
          `The NVIDIA driver cannot be asked through ${library}: ${session.reason}.`,
          {
            remedy: 'Run `llem doctor`, which says what is in the way.',
          },
        );
      }
      try {
        return openProbe(session, takeInventory(session.nvml, pciRoot), channels);
      } catch (error) {
        session.close();
        throw error;
      }
    },
    // Asked while something is measured: no inventory, which would read every counter, and nothing but the GPUs in question.
    processes(devices) {
      const session = openSession(library);
      if ('reason' in session) return null;
      try {
        const lists = devices.map(({ id }) => {
          const handle = handleOf(session.nvml, id.replace(/^gpu:/, ''));
          return handle === null ? null : processesOf(session.nvml, handle, id);
        });
        return lists.every((list) => list !== null) ? lists.flat() : null;
      } finally {
        session.close();
      }
    },
    explain: explainCode,
  };
}

function toChannel(device: Device, { quantity, minPeriodMs, resolution, averagedMs }: Source): Channel {
  return {
    deviceId: device.id,
    quantity,
    measured: true,
    minPeriodMs,
    resolution,
    accuracyRel: tellsEnergy({ quantity }) ? ACCURACY_REL : 0,
    ...(averagedMs === undefined ? {} : { averagedMs }),
  };
}
