/** The meter of Cray nodes: cumulative energy and power of the node, its processors and its memory, as the blade measures them. */
import {
  absent,
  definePlugin,
  failed,
  llemError,
  ok,
  type Channel,
  type Device,
  type Finding,
  type Meter,
  type Probe,
} from '@llem/core';
import { nameOf, obstacle, openScaledFiles } from '@llem/sysfs';
import { z } from 'zod';
import { domainsOf, readableDomains, type Domain } from './counters.js';

/**
 * The counters move ten times a second (`raw_scan_hz`), and to find out when, it takes more readings than that.
 */
const MIN_PERIOD_MS = 10;
/** Joules and watts are whole numbers. */
const RESOLUTION = 1;
/** Nobody states one: this project's own default for a counter without a stated accuracy. */
const ACCURACY_REL = 0.05;

export const optionsSchema = z
  .strictObject({
    path: z
      .string()
      .min(1)
      .default('/sys/cray/pm_counters')
      .describe('Folder of the counters. For containers that mount the one of their host somewhere else.'),
  })
  .describe('Energy counters of Cray nodes (pm_counters): node, processors, memory.');

export const { options, create } = definePlugin(optionsSchema, (_, { path }): Meter => crayMeter(path));

export function crayMeter(root: string): Meter {
  const find = (devices: readonly Device[]) =>
    readableDomains(root).filter((domain) => devices.some(({ id }) => id === domain.id));
  return {
    checks: () => [
      {
        id: 'cray.readable',
        title: 'Energy counters of Cray nodes (pm_counters)',
        run: () => Promise.resolve(readable(root)),
      },
    ],
    devices: () =>
      readableDomains(root).map(({ id, scope, name, overlaps, energyFile }) => ({
        id,
        scope,
        name,
        overlaps,
        facts: { file: energyFile },
      })),
    channels: (devices) => find(devices).flatMap(toChannels),
    open: (channels) => openProbe(root, channels),
    explain: (code) => `${nameOf(code)} from the files under ${root}`,
  };
}

function readable(root: string): Finding {
  const domains = readableDomains(root);
  if (domains.length > 0) return ok(`Energy counters: ${domains.map(({ id }) => id).join(', ')}.`);
  const obstacles = domainsOf(root).map(({ energyFile }) => obstacle(energyFile));
  const remedy =
    'The Linux of Cray has the counters; in a container mount the folder of the host and name it: `path`.';
  if (obstacles.every((code) => code === 'ENOENT'))
    return absent(`There is no counter under ${root}.`, remedy);
  return failed(`No counter under ${root} can be read (${[...new Set(obstacles)].join(', ')}).`, remedy);
}

function toChannels({ id, powerFile }: Domain): Channel[] {
  const of = (quantity: Channel['quantity']): Channel => ({
    deviceId: id,
    quantity,
    measured: true,
    minPeriodMs: MIN_PERIOD_MS,
    resolution: RESOLUTION,
    accuracyRel: ACCURACY_REL,
  });
  return obstacle(powerFile) === null ? [of('energyJ'), of('powerW')] : [of('energyJ')];
}

/** Throws LLEM_E_METER when a counter cannot be opened. */
function openProbe(root: string, channels: readonly Channel[]): Probe {
  const domains = new Map(domainsOf(root).map((domain) => [domain.id, domain]));
  try {
    return openScaledFiles(
      channels.map(({ deviceId, quantity }) => {
        const domain = domains.get(deviceId);
        if (domain === undefined) throw new Error(`there is no counter ${deviceId}`);
        const path = quantity === 'energyJ' ? domain.energyFile : domain.powerFile;
        return { path, scale: 1, positive: true };
      }),
    );
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw llemError('LLEM_E_METER', `An energy counter cannot be opened: ${why}.`, {
      remedy: 'Run `llem doctor`, which names what keeps the counters from being read.',
      cause,
    });
  }
}
