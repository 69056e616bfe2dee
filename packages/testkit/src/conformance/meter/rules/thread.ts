/** In the thread that measures. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { z } from 'zod';
import { demand } from '../../rule.js';
import { inTime } from '../../settle.js';
import { parsedOptions } from '../../package/subject.js';
import type { Bench } from '../bench.js';
import type { MeterSubject } from '../subject.js';
import { rule } from './rule.js';

const LIMIT_MS = 10_000;

/** As the sampler has it: imports the module, opens channels that were described elsewhere, reads each, and closes. */
const THREAD = `
const { parentPort, workerData } = require('node:worker_threads');
const { moduleUrl, context, options, channels } = workerData;
import(moduleUrl).then(({ create }) => {
  const probe = create(context, options).open(channels);
  const out = new Float64Array(channels.length);
  const codes = channels.map((_, index) => probe.read(out, index));
  probe.close();
  parentPort.postMessage({ codes });
});
`;

const toldSchema = z.object({ codes: z.array(z.number()) });

/** What it told, and a promise of its end. */
async function inThread({ channels }: Bench, { module, moduleUrl, context, options: given }: MeterSubject) {
  const options = parsedOptions(module.options, given);
  const worker = new Worker(THREAD, { eval: true, workerData: { moduleUrl, context, options, channels } });
  try {
    const ended = once(worker, 'exit');
    const told = await inTime('A reading in a thread of its own', LIMIT_MS, once(worker, 'message'));
    return { ...toldSchema.parse(told[0]), ended, stop: () => worker.terminate() };
  } catch (error) {
    await worker.terminate();
    throw error;
  }
}

export const threadRules = [
  rule('meter.thread.reads', 'reads in a thread of its own', async (bench, subject) => {
    const { codes, stop } = await inThread(bench, subject);
    await stop();
    demand(
      codes.every((code) => code === 0),
      `In a thread of its own the channels gave the codes ${codes.join(', ')}.`,
    );
  }),

  rule('meter.thread.ends', 'leaves nothing in a thread once its probe is closed', async (bench, subject) => {
    const { ended, stop } = await inThread(bench, subject);
    try {
      await inTime('The thread of a probe that is closed', LIMIT_MS / 2, ended);
    } finally {
      await stop();
    }
  }),
];
