/** The prompt thread: reads the data set once and deals its prompts out to the load threads, which never wait for a tokenizer. */
import { workerData } from 'node:worker_threads';
import { createInstance, isLlemError } from '@llem/core';
import { z } from 'zod';
import { reasonOf, type Reason } from './failure.js';
import type { FromPrompts, PromptPlan, ToPrompts } from './messages.js';

/** Prompts are made for this long at a time, ms; then requests for more are read. */
const MAX_TURN_MS = 5;

/** What a data set throws beside errors of the catalogue says nowhere whose it is. */
function faultOf(id: string, error: unknown): Reason {
  const reason = reasonOf(error);
  if (isLlemError(error)) return reason;
  return {
    message: `The data set "${id}" failed while its prompts were read: ${reason.message}`,
    remedy: 'Correct the plugin that provides it, or tell its author.',
    failureClass: 'plugin-fault',
  };
}

async function deal({ load, ports }: PromptPlan): Promise<void> {
  const { dataset: ref, workload, model, context } = load;
  const { seed, skip } = load.prompts ?? { seed: load.seed, skip: 0 };
  /** Prompts that each load thread has room for. */
  const room = ports.map(() => 0);
  let wake: () => void = () => undefined;
  ports.forEach((port, part) => {
    port.on('message', ({ count }: ToPrompts) => {
      room[part] = (room[part] ?? 0) + count;
      wake();
    });
  });
  const send = (part: number, message: FromPrompts) => ports[part]?.postMessage(message);
  /**
   * Which thread gets the next one: in an open loop the number of an arrival decides; in a closed loop whoever has most
   * room. Null when there is no room.
   */
  const nextPart = (number: number): number | null => {
    const part = workload.arrival ? number % ports.length : room.indexOf(Math.max(...room));
    return (room[part] ?? 0) > 0 ? part : null;
  };

  let number = 0;
  try {
    const module: unknown = await import(ref.moduleUrl);
    const dataset = createInstance('dataset', ref.id, module, context, ref.options);
    let turnMs = performance.now();
    let taken = 0;
    for await (const prompt of dataset.open({ seed, workload, model })) {
      taken += 1;
      if (taken <= skip) continue;
      let part = nextPart(number);
      while (part === null) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        part = nextPart(number);
      }
      room[part] = (room[part] ?? 0) - 1;
      send(part, { type: 'prompt', number, prompt });
      number += 1;
      if (performance.now() - turnMs < MAX_TURN_MS) continue;
      await new Promise((resolve) => setImmediate(resolve));
      turnMs = performance.now();
    }
    for (const part of ports.keys()) send(part, { type: 'ended', prompts: taken });
  } catch (error) {
    for (const part of ports.keys()) send(part, { type: 'failed', reason: faultOf(ref.id, error) });
  }
}

void deal(z.custom<PromptPlan>((value) => typeof value === 'object').parse(workerData));
