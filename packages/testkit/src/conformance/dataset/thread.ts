/** Prompts as the prompt thread of a load has them: from a module that it imports itself. */
import { Worker } from 'node:worker_threads';
import type { DatasetRequest } from '@llem/core';
import { settled } from '../settle.js';
import { parsedOptions } from '../package/subject.js';
import { demand } from '../rule.js';
import type { DatasetSubject } from './subject.js';

const LIMIT_MS = 20_000;

const READ = `
  const { workerData: { moduleUrl, context, options, request, most }, parentPort } = require('node:worker_threads');
  void (async () => {
    const { create } = await import(moduleUrl);
    const prompts = [];
    for await (const prompt of create(context, options).open(request)) {
      prompts.push(prompt);
      if (prompts.length >= most) break;
    }
    parentPort.postMessage(prompts);
  })();
`;

/** The first prompts, at most so many. Throws what the thread throws, and when it takes too long. */
export async function promptsInThread(
  { moduleUrl, module, context, options }: DatasetSubject,
  request: DatasetRequest,
  most: number,
): Promise<unknown> {
  const resolved = parsedOptions(module.options, options);
  const worker = new Worker(READ, {
    eval: true,
    workerData: { moduleUrl, context, options: resolved, request, most },
  });
  const end = await settled(
    () =>
      new Promise<unknown>((resolve, reject) => {
        worker.on('message', resolve);
        worker.on('error', reject);
        worker.on('exit', () => reject(new Error('the thread ended before it gave prompts')));
      }),
    LIMIT_MS,
  );
  await worker.terminate();
  demand(
    end.how === 'value',
    `In a worker thread \`open\` ${end.told}. The module must not rely on what another thread has done.`,
  );
  return end.value;
}
