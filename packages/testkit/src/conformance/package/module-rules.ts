/** What a module of a plugin must be like when it is imported: by the command, and by worker threads of its own. */
import { Worker } from 'node:worker_threads';
import { isPluginModule } from '@llem/core';
import { demand, type Rule } from '../rule.js';
import type { ModuleSubject } from './subject.js';

/** Longest that a module may take to be imported in a thread, in ms. */
const IMPORT_LIMIT_MS = 20_000;
/** Longest that its thread may go on after that, in ms: nothing is left to do, but the machine may be busy. */
const END_LIMIT_MS = 3_000;

/** In a thread: imports the module and ends. */
const IMPORT = `
  const { workerData, parentPort } = require('node:worker_threads');
  import(workerData).then(
    (module) => parentPort.postMessage(Object.keys(module)),
    (error) => { throw error; },
  );
`;

const message = (error: unknown) => (error instanceof Error ? error.message : String(error));

export const MODULE_RULES: readonly Rule<ModuleSubject>[] = [
  {
    id: 'module.imports',
    title: 'the module can be imported',
    check: ({ module, imported }) => {
      demand(
        'exports' in imported,
        `The module ${module} cannot be imported: ${'error' in imported ? message(imported.error) : ''}.`,
      );
      return Promise.resolve();
    },
  },
  {
    id: 'module.exports',
    title: 'the module exports `options` and `create`',
    leftOut: ({ imported }) => ('exports' in imported ? null : 'the module cannot be imported'),
    check: ({ module, imported }) => {
      demand(
        'exports' in imported && isPluginModule(imported.exports),
        `The module ${module} does not export \`options\` (with \`parse\` and \`jsonSchema\`) and \`create\`. Write: export const { options, create } = definePlugin(schema, factory).`,
      );
      return Promise.resolve();
    },
  },
  {
    id: 'module.thread',
    title: 'a worker thread can import the module by itself, and ends when it has nothing else to do',
    leftOut: ({ imported }) => ('exports' in imported ? null : 'the module cannot be imported'),
    check: async ({ module, moduleUrl }) => {
      const { ended, output } = await importInThread(moduleUrl);
      demand(
        ended !== null,
        `The module ${module} keeps its thread alive after it was imported: a timer, a socket or a top-level await that does not end. Start nothing before \`create\`.`,
      );
      demand(ended === '', `The module ${module} cannot be imported in a worker thread: ${ended}.`);
      demand(
        output === '',
        `The module ${module} writes when it is imported: ${JSON.stringify(output.slice(0, 200))}. The output of llem is for programs too; write nothing.`,
      );
    },
  },
];

/** How a thread ended that imported a module: with an error's message, well (''), or not in time (null), and what it wrote. */
async function importInThread(moduleUrl: string): Promise<{ ended: string | null; output: string }> {
  const worker = new Worker(IMPORT, {
    eval: true,
    workerData: moduleUrl,
    stdout: true,
    stderr: true,
    // Of what Node.js itself warns of, such as a module that is still an experiment, llem says nothing either.
    execArgv: ['--no-warnings'],
  });
  let output = '';
  for (const stream of [worker.stdout, worker.stderr])
    stream.on('data', (bytes: Buffer) => (output += bytes.toString()));
  let timer: NodeJS.Timeout | undefined;
  const ended = await new Promise<string | null>((resolve) => {
    let imported = false;
    const endWithin = (limitMs: number) => {
      clearTimeout(timer);
      timer = setTimeout(() => resolve(null), limitMs);
    };
    endWithin(IMPORT_LIMIT_MS);
    worker.on('message', () => {
      imported = true;
      endWithin(END_LIMIT_MS);
    });
    worker.on('error', (error) => resolve(message(error)));
    worker.on('exit', () => resolve(imported ? '' : 'the thread ended before the import did'));
  });
  clearTimeout(timer);
  await worker.terminate();
  return { ended, output };
}
