// What a long run at a high rate takes in memory and time once its load has ended.
//
//   node tools/bench/trace.mjs [--tokens 3e6,30e6,180e6] [--rate 50000] [--clients 1000] [--request 256] [--threads 2]
//     [--tokens-per-chunk 1] [--at-most-mb MB] [--at-most-s SECONDS]
//
// A trace of so many tokens, as a server would give them at that rate to so many clients, goes the way of a real one: the
// chunk log of each request and the pages of each load thread, handed over to the main thread, accounting, requests.parquet
// and tokens.parquet on disk. No server and no sockets; all else is the code that a run uses. Each number of tokens has a
// process of its own, which prints the peak of its resident memory up to each step, how long the step took, and for how long
// at most the event loop stood still in it: that long the terminal and Ctrl-C wait. It exits 1 when the last peak or the
// time of all steps after the load is above a limit that was given. Needs the packages built; the tables go into the
// system's folder for temporary files and are removed.
import { fork } from 'node:child_process';
import { parseArgs } from 'node:util';
import { fixed, printTable, whole } from './loadgen/table.mjs';

const { values } = parseArgs({
  options: {
    tokens: { type: 'string', default: '3e6,30e6,180e6' },
    rate: { type: 'string', default: '50000' },
    clients: { type: 'string', default: '1000' },
    request: { type: 'string', default: '256' },
    threads: { type: 'string', default: '2' },
    'tokens-per-chunk': { type: 'string', default: '1' },
    'at-most-mb': { type: 'string', default: 'Infinity' },
    'at-most-s': { type: 'string', default: 'Infinity' },
  },
});
const numbers = (name) => {
  const list = values[name].split(',').map(Number);
  if (list.every((value) => value > 0)) return list;
  console.error(`error: --${name} takes numbers above 0; here "${values[name]}".`);
  process.exit(2);
};
const one = (name) => numbers(name)[0];

let missed = false;
for (const tokens of numbers('tokens')) {
  const load = {
    tokens,
    tokensPerS: one('rate'),
    clients: one('clients'),
    tokensPerRequest: one('request'),
    threads: one('threads'),
    tokensPerChunk: one('tokens-per-chunk'),
  };
  const child = fork(new URL('./trace/run.mjs', import.meta.url), [JSON.stringify(load)]);
  const result = await new Promise((resolve, reject) => {
    child.on('message', resolve);
    child.on('exit', (code) => reject(new Error(`the run of ${tokens} tokens ended with code ${code}`)));
  });
  const { steps, requests, counted, fileMb } = result;
  console.log(
    `\n${whole(tokens)} tokens (${whole(tokens / load.tokensPerS)} s of load) in ${whole(requests)} requests; ` +
      `${whole(counted)} in the window; tokens.parquet ${whole(fileMb)} MB\n`,
  );
  printTable([
    ['step', 'seconds', 'stood still, ms', 'peak RSS so far, MB'],
    ...steps.map(({ name, seconds, stillMs, peakMb }) => [
      name,
      fixed(seconds, 2),
      whole(stillMs),
      whole(peakMb),
    ]),
  ]);
  const afterS = steps.slice(1).reduce((sum, { seconds }) => sum + seconds, 0);
  console.log(`after the load: ${fixed(afterS, 1)} s`);
  if (steps.at(-1).peakMb > one('at-most-mb') || afterS > one('at-most-s')) missed = true;
}
process.exitCode = missed ? 1 : 0;
