/** The RAPL meter: cumulative energy of packages, their memory and the platform, as the processor counts it itself. */
import { constants, cpus } from 'node:os';
import { definePlugin, llemError, type Channel, type Device, type Meter, type Probe } from '@llem/core';
import { nameOf } from '@llem/sysfs';
import { z } from 'zod';
import { obstacle, readable } from './checks.js';
import { openCounter, type Counter } from './counter.js';
import { readZones, type Zone, type Zones } from './zones.js';

/** The processor updates its counters about once a millisecond (Intel SDM volume 3, "Package RAPL Domain"). */
const MIN_PERIOD_MS = 1;

/**
 * The counters have 32 bits, so that their range tells their step: 61.0 microjoules (2^-14 J) on most Intel processors, 15.3
 * (2^-16 J) on AMD's and for the memory of Intel's servers.
 */
const COUNTER_STEPS = 2 ** 32 - 1;

/**
 * Systematic relative accuracy. 0.05 for packages is this project's own default for a counter without a stated accuracy, in keeping
 * with what was found on Haswell and later, which measure at their voltage regulator (Hackenberg et al., IPDPSW 2015; Khan et al.,
 * "RAPL in Action", ACM TOMPECS 3(2), 2018). Others model it, among them AMD's Zen 2 (Schöne et al., CLUSTER 2021),
 * and memory is off by an offset that differs between systems and is largest at idle (Desrochers et al., MEMSYS 2016): 0.2. The
 * platform's counter depends on the board; nobody has validated it, so it counts like the memory's.
 */
const ACCURACY_REL = { cpu: 0.05, cpuAmd: 0.1, dram: 0.2, node: 0.2 } as const;

export const optionsSchema = z
  .strictObject({
    powercap_path: z
      .string()
      .min(1)
      .default('/sys/class/powercap')
      .describe(
        'Folder of the powercap tree. For containers that mount the one of their host somewhere else.',
      ),
  })
  .describe('Processor energy counters of Linux (RAPL): packages, memory, platform.');

export const { options, create } = definePlugin(optionsSchema, (_, { powercap_path }): Meter =>
  raplMeter(powercap_path, cpus()[0]?.model ?? ''),
);

/** A meter over one tree; `processor` is the model's name, since AMD's counters differ in what a die is and how exact they are. */
export function raplMeter(root: string, processor: string): Meter {
  const amd = /\bAMD\b/.test(processor);
  const look = (): Zones => readZones(root, !amd);
  const usable = () => look().billed.filter((zone) => obstacle(zone) === null);
  return {
    checks: () => [readable(root, look)],
    devices: () => {
      const zones = usable();
      const { leftOut } = look();
      return zones.map((zone) => toDevice(zone, zones, leftOut, processor));
    },
    channels: (devices) => {
      const zones = new Map(usable().map((zone) => [zone.id, zone]));
      return devices.flatMap(({ id }) => {
        const zone = zones.get(id);
        return zone === undefined ? [] : [toChannel(zone, amd)];
      });
    },
    open: (channels) => openProbe(channels, look().billed),
    explain: (code) => `${nameOf(code)} from a file under ${root}`,
  };
}

function toDevice(zone: Zone, all: readonly Zone[], leftOut: Zones['leftOut'], processor: string): Device {
  // The platform's counter contains the packages and, on most boards, the memory. Memory is not part of its package.
  const overlaps = all
    .filter(({ scope }) => (scope === 'node') !== (zone.scope === 'node'))
    .map(({ id }) => id);
  return {
    id: zone.id,
    scope: zone.scope,
    name: zone.scope === 'cpu' ? processor || zone.name : zone.name,
    facts: {
      zone: zone.path.slice(zone.path.lastIndexOf('/') + 1),
      kernelName: zone.name,
      counterRangeJ: zone.rangeUj / 1e6,
      leftOut: leftOut.map((out) => ({ ...out })),
    },
    overlaps,
  };
}

function toChannel(zone: Zone, amd: boolean): Channel {
  return {
    deviceId: zone.id,
    quantity: 'energyJ',
    measured: true,
    minPeriodMs: MIN_PERIOD_MS,
    resolution: zone.rangeUj / COUNTER_STEPS / 1e6,
    accuracyRel: zone.scope === 'cpu' && amd ? ACCURACY_REL.cpuAmd : ACCURACY_REL[zone.scope],
  };
}

/** Throws LLEM_E_METER when a counter cannot be opened. */
function openProbe(channels: readonly Channel[], zones: readonly Zone[]): Probe {
  const opened: Counter[] = [];
  const close = () => {
    for (const counter of opened.splice(0)) counter.close();
  };
  try {
    for (const { deviceId } of channels) {
      const zone = zones.find(({ id }) => id === deviceId);
      if (zone === undefined) throw new Error(`there is no counter ${deviceId}`);
      opened.push(openCounter(zone));
    }
  } catch (cause) {
    close();
    const why = cause instanceof Error ? cause.message : String(cause);
    throw llemError('LLEM_E_METER', `An energy counter cannot be opened: ${why}.`, {
      remedy: 'Run `llem doctor`, which names what keeps the counters from being read.',
      cause,
    });
  }
  return {
    read(out, index) {
      const counter = opened[index];
      if (counter === undefined) return constants.errno.EINVAL;
      const code = counter.read();
      out[index] = counter.joules;
      return code;
    },
    close,
  };
}
