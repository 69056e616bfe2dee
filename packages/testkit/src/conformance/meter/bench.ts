/** Where a rule tries a meter: with its devices and channels, and probes that are closed when the rule is done. */
import { READ_OK, type Channel, type Device, type Meter, type Probe } from '@llem/core';
import { returned } from '../returns.js';
import { demand } from '../rule.js';
import { wordsOf } from '../settle.js';
import { instanceOf } from '../package/subject.js';
import type { MeterSubject } from './subject.js';

/** What one reading gave. */
export interface Reading {
  readonly code: number;
  readonly value: number;
}

export interface OpenProbe {
  readonly probe: Probe;
  readonly channels: readonly Channel[];
  /** Reads a channel, as the sampler does. Throws where the probe does. */
  readonly read: (index: number) => Reading;
  /** Reads all, each of which has to give a value. */
  readonly values: () => readonly number[];
}

export interface Bench {
  readonly meter: Meter;
  readonly devices: readonly Device[];
  readonly channels: readonly Channel[];
  readonly open: (channels?: readonly Channel[]) => OpenProbe;
}

/** Lends a bench. Rejects where the meter finds nothing to read. */
export async function onBench(
  subject: MeterSubject,
  act: (bench: Bench) => Promise<void> | void,
): Promise<void> {
  const meter = instanceOf('meter', subject);
  const devices = meter.devices();
  const channels = meter.channels(devices);
  demand(
    devices.length > 0 && channels.length > 0,
    'It finds no device with a channel: the test gives options under which it does.',
  );
  const opened: Probe[] = [];
  try {
    await act({
      meter,
      devices,
      channels,
      open(wanted = channels) {
        const probe = meter.open(wanted);
        opened.push(probe);
        return openProbe(probe, wanted);
      },
    });
  } finally {
    for (const probe of opened) closeQuietly(probe);
  }
}

function openProbe(probe: Probe, channels: readonly Channel[]): OpenProbe {
  const out = new Float64Array(channels.length);
  const read = (index: number): Reading => {
    out[index] = Number.NaN;
    const code: unknown = returned(`read() of ${nameOf(channels[index])}`, () => probe.read(out, index));
    demand(typeof code === 'number', `read() of ${nameOf(channels[index])} gives no number at once.`);
    return { code, value: out[index] };
  };
  return {
    // What a reading takes and leaves is looked at: nothing is put around it.
    probe: {
      read: probe.read.bind(probe),
      close: () => returned('close() of a probe', () => probe.close()),
    },
    channels,
    read,
    values: () =>
      channels.map((channel, index) => {
        const { code, value } = read(index);
        demand(code === READ_OK, `${nameOf(channel)} cannot be read: code ${code}.`);
        demand(Number.isFinite(value), `${nameOf(channel)} was read, and is ${value}.`);
        return value;
      }),
  };
}

function closeQuietly(probe: Probe): void {
  try {
    returned('', () => probe.close());
  } catch {
    // A rule of its own.
  }
}

/** `energyJ of cpu:package-0`. */
export const nameOf = (channel: Channel | undefined): string =>
  channel === undefined ? 'a channel' : `${channel.quantity} of ${channel.deviceId}`;

/** What something gives; where it throws, an Error that says that it is not to. `what` is the sentence's subject. */
export function withoutThrow<T>(what: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw new Error(`${what} is not to throw, and threw: ${wordsOf(error)}`, { cause: error });
  }
}
