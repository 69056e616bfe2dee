// Output throughput of the embedded engine over HTTP, one request at a time against several at once.
//
//   node tools/bench/batching.mjs [--model llem/tiny-40m] [--concurrency 8] [--seconds 8] [--rounds 2] [--input 32]
//     [--output 128] [--threads N] [--executable llama-server] [--at-least RATIO]
//
// Starts the engine as the backend says, puts llem's own load on it, counts the tokens that arrive, and alternates the
// two loads so that a slow spell of the machine hits both. With --at-least it exits 1 when the ratio is lower.
// Needs the packages built.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { create } from '../../packages/backend-llamacpp/dist/backend.js';
import { workloadSchema } from '../../packages/core/dist/index.js';
import { startLoad } from '../../packages/loadgen/dist/index.js';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'llem/tiny-40m' },
    concurrency: { type: 'string', default: '8' },
    seconds: { type: 'string', default: '8' },
    rounds: { type: 'string', default: '2' },
    input: { type: 'string', default: '32' },
    output: { type: 'string', default: '128' },
    threads: { type: 'string' },
    executable: { type: 'string' },
    'at-least': { type: 'string' },
  },
});
const most = Number(values.concurrency);
const atLeast = values['at-least'] === undefined ? null : Number(values['at-least']);
if (atLeast !== null && !(atLeast > 0)) {
  console.error(`error: --at-least takes a ratio above 0, such as 1.5; here "${values['at-least']}".`);
  process.exit(2);
}
const experiment = {
  id: 'bench',
  label: 'bench',
  asked: {},
  factors: {},
  model: values.model,
  backend: 'llamacpp',
  runner: null,
  devices: null,
  workload: workloadSchema.parse({
    concurrency: most,
    input_tokens: Number(values.input),
    output_tokens: Number(values.output),
  }),
  measure: {},
  options: {},
};
const context = { cacheDir: join(tmpdir(), 'llem-bench') };
const backend = create(context, {
  ...(values.threads ? { threads: Number(values.threads) } : {}),
  ...(values.executable ? { executable: values.executable } : {}),
});
const signal = new globalThis.AbortController().signal;

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

const artifacts = await backend.prepare(experiment, signal);
const port = await freePort();
const spec = backend.service(experiment, artifacts, { host: '127.0.0.1', port });
const dialect = backend.dialect(experiment, artifacts, { sharedPrefix: false });
const [program, ...flags] = spec.command;
const engine = spawn(program, flags, {
  env: { ...process.env, ...spec.env },
  stdio: ['ignore', 'ignore', 'pipe'],
});
let log = '';
engine.stderr.on('data', (piece) => (log = (log + piece).slice(-20_000)));
engine.on('exit', (code) => {
  if (code !== 0) console.error(log);
});
process.on('exit', () => engine.kill('SIGKILL'));

const ready = async () =>
  fetch(`http://127.0.0.1:${port}${spec.readiness.path}`).then(
    (response) => response.ok,
    () => false,
  );
while (!(await ready())) {
  if (engine.exitCode !== null || engine.signalCode !== null) process.exit(1);
  await wait(spec.readiness.intervalMs);
}

/** Tokens per second with so many requests in flight, counted between two times in the steady part. */
async function throughput(concurrency) {
  const load = startLoad({
    endpoint: { baseUrl: `http://127.0.0.1:${port}` },
    dialect,
    workload: { ...experiment.workload, concurrency },
    model: artifacts.model,
    dataset: {
      kind: 'dataset',
      id: 'synthetic',
      moduleUrl: new URL('../../packages/datasets/dist/synthetic.js', import.meta.url).href,
      options: {},
    },
    context,
    seed: 1,
    threads: 1,
    silenceS: 60,
  });
  const counters = () => {
    const now = load.counters();
    if (now.failed > 0) throw new Error(`${now.failed} requests failed; the last: ${now.lastFailure}`);
    return now;
  };
  const measured = async () => {
    while (counters().firstChunks < concurrency) await wait(20);
    await wait(1000);
    const [before, from] = [counters().chunks, performance.now()];
    await wait(1000 * Number(values.seconds));
    return (counters().chunks - before) / ((performance.now() - from) / 1000);
  };
  try {
    return await Promise.race([measured(), load.failed]);
  } finally {
    await load.terminate();
  }
}

const rates = { 1: [], [most]: [] };
for (let round = 0; round < Number(values.rounds); round++) {
  for (const concurrency of [1, most]) rates[concurrency].push(await throughput(concurrency));
}
const facts = await backend.describe({ baseUrl: `http://127.0.0.1:${port}` }, signal);
engine.kill('SIGTERM');
await once(engine, 'exit');

const mean = (list) => list.reduce((sum, value) => sum + value, 0) / list.length;
const shown = (list) => `${mean(list).toFixed(0)} tok/s (${list.map((rate) => rate.toFixed(0)).join(', ')})`;
console.log(
  `${values.model}, ${facts.version ?? 'version unknown'}, CPU ${facts.details.engine?.cpuVariants?.join(', ') ?? 'unknown'}`,
);
console.log(`concurrency 1: ${shown(rates[1])}`);
console.log(`concurrency ${most}: ${shown(rates[most])}`);
const ratio = mean(rates[most]) / mean(rates[1]);
console.log(`ratio ${ratio.toFixed(2)}`);
if (atLeast !== null && !(ratio >= atLeast)) {
  console.error(
    `error: ${most} requests at once give ${ratio.toFixed(3)} times the throughput of one; at least ${atLeast} is expected.`,
  );
  process.exitCode = 1;
}
