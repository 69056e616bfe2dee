/** The sampler thread: reads every probe on its own schedule, drift-corrected, and writes into the ring. */
import { parentPort, type MessagePort } from 'node:worker_threads';
import {
  createInstance,
  READ_OK,
  type Channel,
  type PluginContext,
  type PluginRef,
  type Probe,
} from '@llem/core';
import { samplerMemory, type SamplerCommand } from './shared.js';

/** A meter and those of its channels that are read. Plain data. */
export interface SampledMeter {
  readonly ref: PluginRef;
  readonly channels: readonly Channel[];
  /** Period of ordinary polling, and around the edges of the window, in milliseconds. */
  readonly periodMs: number;
  readonly edgePeriodMs: number;
}

export interface SamplerInput {
  readonly context: PluginContext;
  readonly meters: readonly SampledMeter[];
  readonly buffer: SharedArrayBuffer;
  readonly originNs: bigint;
  /** Most channels that one meter has. */
  readonly width: number;
}

export type FromSampler = { readonly type: 'ready' } | { readonly type: 'failed'; readonly message: string };

const NS_PER_MS = 1_000_000;
/** A tick this late, as a share of its period, is counted as late. */
const LATE_SHARE = 0.5;

interface Schedule {
  readonly probe: Probe;
  readonly meter: SampledMeter;
  nextNs: number;
}

async function open(input: SamplerInput): Promise<Schedule[]> {
  const schedules: Schedule[] = [];
  for (const meter of input.meters) {
    const module: unknown = await import(meter.ref.moduleUrl);
    const instance = createInstance('meter', meter.ref.id, module, input.context, meter.ref.options);
    schedules.push({ probe: instance.open(meter.channels), meter, nextNs: 0 });
  }
  return schedules;
}

/** `onFirst` is called when everything has been read once. */
function sample(input: SamplerInput, schedules: readonly Schedule[], onFirst: () => void): void {
  const memory = samplerMemory(input.width, input.originNs, input.buffer);
  const values = new Float64Array(input.width);
  const nowNs = () => Number(process.hrtime.bigint() - input.originNs);
  let command: SamplerCommand = 'run';
  let isFirst = true;

  while (command !== 'stop') {
    let soonestNs = Infinity;
    for (const [index, schedule] of schedules.entries()) {
      const periodNs =
        NS_PER_MS * (command === 'edge' ? schedule.meter.edgePeriodMs : schedule.meter.periodMs);
      const beforeNs = nowNs();
      // An edge begins at once, not at the end of a long ordinary period.
      if (schedule.nextNs > beforeNs + periodNs) schedule.nextNs = beforeNs;
      if (beforeNs >= schedule.nextNs) {
        const lateNs = schedule.nextNs === 0 ? 0 : beforeNs - schedule.nextNs;
        const missed = Math.floor(lateNs / periodNs);
        if (missed > 0) memory.countMissed(missed);
        else if (lateNs > periodNs * LATE_SHARE) memory.countLate();
        memory.countTick();
        for (let channel = 0; channel < schedule.meter.channels.length; channel += 1)
          if (schedule.probe.read(values, channel) !== READ_OK) memory.countReadError();
        const afterNs = nowNs();
        memory.write(
          index,
          input.originNs + BigInt(Math.round((beforeNs + afterNs) / 2)),
          values,
          schedule.meter.channels.length,
        );
        schedule.nextNs = (schedule.nextNs === 0 ? beforeNs : schedule.nextNs + missed * periodNs) + periodNs;
      }
      soonestNs = Math.min(soonestNs, schedule.nextNs);
    }
    if (isFirst) onFirst();
    isFirst = false;
    const waitMs = schedules.length === 0 ? 1_000 : Math.max(0, (soonestNs - nowNs()) / NS_PER_MS);
    command = memory.wait(command, waitMs);
  }
  for (const schedule of schedules) schedule.probe.close();
}

function serve(port: MessagePort): void {
  const send = (message: FromSampler) => port.postMessage(message);
  port.once('message', (input: SamplerInput) => {
    open(input)
      .then((schedules) => {
        sample(input, schedules, () => send({ type: 'ready' }));
      })
      .catch((error: unknown) =>
        send({ type: 'failed', message: error instanceof Error ? error.message : String(error) }),
      )
      .finally(() => port.close());
  });
}

if (parentPort) serve(parentPort);
