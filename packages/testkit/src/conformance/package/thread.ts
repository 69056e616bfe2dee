/** A module in a worker thread of its own, which can be ended whatever the module does. */
import { Worker } from 'node:worker_threads';
import { wordsOf } from '../settle.js';

/** Longest that a module may take to be imported in a thread, in ms. */
const IMPORT_LIMIT_MS = 20_000;
/** Longest that its thread may go on after that, in ms: nothing is left to do, but the machine may be busy. */
const END_LIMIT_MS = 3_000;

/** How a thread ended that imported a module. */
export interface ThreadImport {
  /** `failed` with an error; `lives` on after the import; `unending` where the import was not over. */
  readonly end: 'done' | 'failed' | 'lives' | 'unending';
  /** Of `failed` the error's message, of `unending` what was seen of it; otherwise ''. */
  readonly error: string;
  /** What the thread wrote. */
  readonly output: string;
}

/** In a thread: imports the module and ends. */
const IMPORT = `
  const { workerData, parentPort } = require('node:worker_threads');
  import(workerData).then(
    (module) => parentPort.postMessage(Object.keys(module)),
    (error) => { throw error; },
  );
`;

/** Never rejects. */
export async function importInThread(moduleUrl: string): Promise<ThreadImport> {
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
  const ended = await new Promise<Omit<ThreadImport, 'output'>>((resolve) => {
    let imported = false;
    const unending = (error: string) => resolve({ end: 'unending', error });
    timer = setTimeout(
      () => unending(`its import takes longer than ${IMPORT_LIMIT_MS / 1_000} s`),
      IMPORT_LIMIT_MS,
    );
    worker.on('message', () => {
      imported = true;
      clearTimeout(timer);
      timer = setTimeout(() => resolve({ end: 'lives', error: '' }), END_LIMIT_MS);
    });
    worker.on('error', (error) => resolve({ end: 'failed', error: wordsOf(error) }));
    worker.on('exit', () => {
      if (imported) resolve({ end: 'done', error: '' });
      else unending('its import waits for what never comes');
    });
  });
  clearTimeout(timer);
  await worker.terminate();
  return { ...ended, output };
}
