/** A meter of known power, as a plugin module: its values step, fall back or fail as they are told. */
import { constants } from 'node:os';
import {
  absent,
  definePlugin,
  llemError,
  ok,
  READ_OK,
  SCOPES,
  type Channel,
  type Device,
  type Finding,
  type Meter,
  type Probe,
} from '@llem/core';
import { z } from 'zod';
import { joulesUntil, powerSchema, wattsAt, type Power } from './power.js';

const deviceSchema = z.strictObject({
  id: z.string().min(1),
  scope: z.enum(SCOPES),
  power_w: powerSchema.default(100),
  overlaps: z.array(z.string()).default([]),
});

export const simulatedMeterSchema = z
  .strictObject({
    devices: z.array(deviceSchema).prefault([{ id: 'cpu:simulated', scope: 'cpu' }]),
    step_ms: z.number().min(0).default(1).describe('Time between steps of the values; 0 is without steps.'),
    min_period_ms: z
      .number()
      .positive()
      .optional()
      .describe(
        'What its channels say of how often to read them; step_ms, and 1 at least, unless stated. Less than step_ms is a meter ' +
          'whose values step more slowly than it says.',
      ),
    quantities: z
      .array(z.enum(['energyJ', 'powerW']))
      .min(1)
      .refine((quantities) => new Set(quantities).size === quantities.length, 'Each quantity once.')
      .default(['energyJ'])
      .describe('What each device is read for: a counter of its energy, its power at an instant, or both.'),
    resolution_j: z
      .number()
      .min(0)
      .default(0)
      .describe('Counters are multiples of it; 0 leaves them as they are. Power has none.'),
    accuracy_rel: z.number().min(0).default(0.01),
    measured: z.boolean().default(true),
    falls_back_after_j: z
      .number()
      .positive()
      .optional()
      .describe(
        'A meter at fault: its counters begin again at 0 after so many joules and nobody unwraps them.',
      ),
    fails_after_reads: z.int().min(0).optional().describe('After so many reads of it a channel gives NaN.'),
  })
  .describe('A meter of known power, for tests.');

type Options = z.output<typeof simulatedMeterSchema>;

const CLOCK_TRIALS = 25;

export const { options, create } = definePlugin(simulatedMeterSchema, (_, parsed) => simulatedMeter(parsed));

/** `nowS` is the clock, in seconds of `process.hrtime`. */
export function simulatedMeter(settings: Options, nowS = clock()): Meter {
  return {
    checks: () => [
      {
        id: 'simulated.ready',
        title: 'Simulated meter',
        run: () => Promise.resolve(found(settings)),
      },
    ],
    devices: () =>
      settings.devices.map(({ id, scope, overlaps }): Device => ({
        id,
        scope,
        name: `simulated ${id}`,
        facts: {},
        overlaps,
      })),
    channels: (devices) =>
      devices
        .filter(({ id }) => deviceOf(settings, id) !== undefined)
        .flatMap(({ id }) => settings.quantities.map((quantity) => toChannel(settings, id, quantity))),
    open: (channels) => openProbe(settings, channels, nowS),
  };
}

function found({ devices }: Options): Finding {
  if (devices.length > 0) return ok(`${devices.length} simulated devices.`);
  return absent('It was told to have no device.', 'Name one in `devices`.');
}

/** Seconds of process.hrtime, without its big integers, which would be garbage of every reading. Of some trials the closest is taken. */
function clock(): () => number {
  const trials = Array.from({ length: CLOCK_TRIALS }, () => {
    const before = process.hrtime.bigint();
    const nowMs = performance.now();
    const apart = Number(process.hrtime.bigint() - before);
    return { originS: (Number(before) + apart / 2) / 1e9 - nowMs / 1e3, apart };
  });
  const [{ originS } = { originS: Number.NaN }] = trials.sort((a, b) => a.apart - b.apart);
  return () => originS + performance.now() / 1e3;
}

const deviceOf = ({ devices }: Options, wanted: string) => devices.find(({ id }) => id === wanted);

function toChannel(settings: Options, deviceId: string, quantity: Channel['quantity']): Channel {
  return {
    deviceId,
    quantity,
    measured: settings.measured,
    minPeriodMs: settings.min_period_ms ?? Math.max(1, settings.step_ms),
    resolution: quantity === 'energyJ' ? settings.resolution_j : 0,
    accuracyRel: settings.accuracy_rel,
  };
}

function openProbe(settings: Options, channels: readonly Channel[], nowS: () => number): Probe {
  const { resolution_j: unit, falls_back_after_j: fallsBack } = settings;
  const counterAt = (power: Power, atS: number) => {
    const joules = joulesUntil(power, atS);
    const counted = unit === 0 ? joules : Math.floor(joules / unit) * unit;
    return fallsBack === undefined ? counted : counted % fallsBack;
  };
  const sources = channels.map(({ deviceId, quantity }) => {
    const device = deviceOf(settings, deviceId);
    if (device === undefined) {
      throw llemError('LLEM_E_METER', `There is no simulated device ${deviceId}.`, {
        remedy: 'Open channels that this meter has given.',
      });
    }
    return { power: device.power_w, valueAt: quantity === 'powerW' ? wattsAt : counterAt };
  });
  const { fails_after_reads: lastRead = Infinity } = settings;
  const stepS = settings.step_ms / 1_000;
  const reads = new Float64Array(channels.length);
  return {
    read(out, index) {
      const source = sources[index];
      if (source === undefined) return constants.errno.EINVAL;
      const read = (reads[index] ?? 0) + 1;
      reads[index] = read;
      if (read > lastRead) {
        out[index] = Number.NaN;
        return constants.errno.EIO;
      }
      const now = nowS();
      const steppedAt = stepS === 0 ? now : Math.floor(now / stepS) * stepS;
      out[index] = source.valueAt(source.power, steppedAt);
      return READ_OK;
    },
    close: () => undefined,
  };
}
