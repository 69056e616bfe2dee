/** The sampler thread: opens the meters, reads their channels on schedule, and writes into the memory it shares. */
import { parentPort, type MessagePort } from 'node:worker_threads';
import {
  createInstance,
  READ_OK,
  type Channel,
  type Meter,
  type PluginContext,
  type PluginRef,
  type Probe,
} from '@llem/core';
import { clockSince } from './clock.js';
import { READ_NOTHING, READ_THREW, runLoop, type LoopChannel } from './loop.js';
import { kindOf } from './rates.js';
import { samplerMemory, type SamplerCommand } from './shared.js';

/** A meter and those of its channels that are read. Plain data. */
export interface SampledMeter {
  readonly ref: PluginRef;
  readonly channels: readonly Channel[];
}

export interface SamplerInput {
  readonly context: PluginContext;
  readonly meters: readonly SampledMeter[];
  readonly buffer: SharedArrayBuffer;
  readonly originNs: bigint;
}

export type FromSampler =
  | { readonly type: 'ready' }
  /** What a code of a channel's readings means, told when it comes for the first time. */
  | { readonly type: 'code'; readonly channel: number; readonly code: number; readonly reason: string }
  | { readonly type: 'failed'; readonly message: string };

interface Opened {
  readonly meter: Meter;
  readonly probe: Probe;
}

async function open({ meters, context }: SamplerInput, opened: Opened[]): Promise<(LoopChannel & Opened)[]> {
  const channels: (LoopChannel & Opened)[] = [];
  for (const { ref, channels: wanted } of meters) {
    const { meter, probe } = await openMeter(ref, wanted, context);
    opened.push({ meter, probe });
    const out = new Float64Array(wanted.length);
    channels.push(...wanted.map((channel, index) => ({ channel, meter, probe, index, out })));
  }
  return channels;
}

/** Throws with the meter's id: the error is told where nobody knows which one it was. */
async function openMeter(
  ref: PluginRef,
  channels: readonly Channel[],
  context: PluginContext,
): Promise<Opened> {
  try {
    const module: unknown = await import(ref.moduleUrl);
    const meter = createInstance('meter', ref.id, module, context, ref.options);
    return { meter, probe: meter.open(channels) };
  } catch (cause) {
    throw new Error(`"${ref.id}" could not be opened: ${messageOf(cause)}`, { cause });
  }
}

/** Reads until the command is `stop`. */
function sample(
  { buffer, originNs }: SamplerInput,
  channels: readonly (LoopChannel & Opened)[],
  send: (message: FromSampler) => void,
): void {
  const memory = samplerMemory(
    channels.map(({ channel }) => kindOf(channel)),
    buffer,
  );
  const clock = {
    nowNs: clockSince(originNs),
    wait: (current: SamplerCommand, ms: number) => memory.wait(current, ms),
  };
  const told = channels.map(() => new Set<number>());
  const thrown = channels.map(() => '');
  const reasonOf = (channel: number, code: number): string => {
    switch (code) {
      case READ_THREW:
        return `the meter failed: ${thrown[channel] ?? ''}`;
      case READ_NOTHING:
        return 'the meter gave no number';
      default:
        return channels[channel]?.meter.explain?.(code) ?? `the meter gave error ${code}`;
    }
  };
  runLoop(channels, clock, memory.tally, {
    ready: () => send({ type: 'ready' }),
    reading(channel, atNs, callNs, value, code) {
      memory.write(channel, atNs, callNs, value, code);
      const codes = told[channel];
      if (code === READ_OK || codes === undefined || codes.has(code)) return;
      codes.add(code);
      send({ type: 'code', channel, code, reason: reasonOf(channel, code) });
    },
    threw(channel, error) {
      thrown[channel] = messageOf(error);
    },
  });
}

function serve(port: MessagePort): void {
  const send = (message: FromSampler) => port.postMessage(message);
  port.once('message', (input: SamplerInput) => {
    const opened: Opened[] = [];
    open(input, opened)
      .then((channels) => sample(input, channels, send))
      .catch((error: unknown) => send({ type: 'failed', message: messageOf(error) }))
      .finally(() => {
        for (const { probe } of opened) probe.close();
        port.close();
      });
  });
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

if (parentPort) serve(parentPort);
