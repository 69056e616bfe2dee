/** The estimate as a meter: processor time times a stated power model. Everything that comes of it is labelled estimated. */
import { constants, cpus } from 'node:os';
import {
  definePlugin,
  failed,
  llemError,
  ok,
  READ_OK,
  type Channel,
  type Check,
  type Device,
  type Finding,
  type Meter,
  type Probe,
} from '@llem/core';
import { z } from 'zod';
import { countBusyCores } from './busy-cores.js';
import { estimatedJoules, IDLE_SHARE } from './model.js';
import { openProcessorTime, type ProcessorTime } from './processor-time.js';

export const DEVICE_ID = 'cpu:estimate';

/** The default of 7 W a core may be wrong by as much as the processors that it stands for differ: 4 to 10 W. */
const ACCURACY_REL = 0.5;

export const optionsSchema = z
  .strictObject({
    watts_per_core: z
      .number()
      .positive()
      .max(200)
      .default(7)
      .describe(
        'Watts of one busy physical core with its share of the rest of the processor: thermal design power / cores. ' +
          'Servers have 4 to 8, desktops 8 to 10; 7 stands between them.',
      ),
  })
  .describe('Energy of the processor estimated from its busy time, where nothing measures it.');

export const { options, create } = definePlugin(optionsSchema, (_, { watts_per_core }): Meter =>
  estimateMeter(watts_per_core, openProcessorTime, () => performance.now()),
);

/** The meter over any source of processor time and any clock in milliseconds. */
export function estimateMeter(
  wattsPerCore: number,
  openTime: () => ProcessorTime,
  nowMs: () => number,
): Meter {
  const look = (): ProcessorTime | null => {
    try {
      const time = openTime();
      time.close();
      return time;
    } catch {
      return null;
    }
  };
  return {
    checks: () => [readableCheck(wattsPerCore, look)],
    devices: () => {
      const time = look();
      return time === null ? [] : [toDevice(wattsPerCore, time)];
    },
    channels: (devices) => {
      const time = look();
      if (time === null || !devices.some(({ id }) => id === DEVICE_ID)) return [];
      return [toChannel(wattsPerCore, time)];
    },
    open(channels) {
      const other = channels.find(({ deviceId }) => deviceId !== DEVICE_ID);
      if (other !== undefined) {
        throw llemError('LLEM_E_METER', `The estimate has no device ${other.deviceId}.`, {
          remedy: 'Tell the authors of llem.',
        });
      }
      return openProbe(wattsPerCore, openTime, nowMs);
    },
  };
}

function readableCheck(wattsPerCore: number, look: () => ProcessorTime | null): Check {
  const find = (): Finding => {
    const time = look();
    if (time === null) {
      return failed(
        'The processor time of this machine cannot be read.',
        'Make /proc/stat readable where llem runs, or use a meter that measures.',
      );
    }
    return ok(
      `The processor's energy can be estimated: ${wattsPerCore} W for each of ${time.cores} cores when busy, a tenth when idle.`,
    );
  };
  return {
    id: 'estimate.readable',
    title: 'Estimate from processor time',
    run: () => Promise.resolve(find()),
  };
}

function toDevice(wattsPerCore: number, { cores, logical }: ProcessorTime): Device {
  return {
    id: DEVICE_ID,
    scope: 'cpu',
    name: `${cpus()[0]?.model ?? 'processor'} (estimate)`,
    facts: {
      model: 'watts_per_core x (idle_share x cores + (1 - idle_share) x busy cores)',
      wattsPerCore,
      idleShare: IDLE_SHARE,
      cores,
      logicalProcessors: logical,
      busyCore: 'a core whose threads, one or more, are busy',
      covers: 'processor time of the whole machine, all processes',
    },
    overlaps: [],
  };
}

function toChannel(wattsPerCore: number, { stepS }: ProcessorTime): Channel {
  const step = { cores: 0, elapsedS: 0, busyCoreS: stepS };
  return {
    deviceId: DEVICE_ID,
    quantity: 'energyJ',
    measured: false,
    minPeriodMs: stepS * 1_000,
    resolution: estimatedJoules(wattsPerCore, step),
    accuracyRel: ACCURACY_REL,
  };
}

/** Joules since the probe was opened. Throws LLEM_E_METER when the processor time cannot be read. */
function openProbe(wattsPerCore: number, openTime: () => ProcessorTime, nowMs: () => number): Probe {
  const time = openOrExplain(openTime);
  const threadS = new Float64Array(time.cores);
  if (!time.read(threadS)) {
    time.close();
    throw unreadable('it says nothing');
  }
  const startMs = nowMs();
  const countBusy = countBusyCores(threadS);
  const work = { cores: time.cores, elapsedS: 0, busyCoreS: 0 };
  let closed = false;
  return {
    read(out, index) {
      const readable = time.read(threadS);
      if (readable) {
        const elapsedS = (nowMs() - startMs) / 1_000;
        work.busyCoreS = countBusy(elapsedS - work.elapsedS, threadS);
        work.elapsedS = elapsedS;
      }
      out[index] = readable ? estimatedJoules(wattsPerCore, work) : Number.NaN;
      return readable ? READ_OK : constants.errno.EIO;
    },
    close() {
      if (!closed) time.close();
      closed = true;
    },
  };
}

function openOrExplain(openTime: () => ProcessorTime): ProcessorTime {
  try {
    return openTime();
  } catch (cause) {
    throw unreadable(cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function unreadable(why: string, cause?: unknown) {
  return llemError('LLEM_E_METER', `The processor time cannot be read: ${why}.`, {
    remedy: 'Make /proc/stat readable where llem runs, or use a meter that measures.',
    cause,
  });
}
