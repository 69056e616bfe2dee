// Output throughput of the embedded engine over HTTP, one request at a time against several at once.
//
//   node tools/bench/batching.mjs [--model llem/tiny-40m] [--concurrency 8] [--seconds 8] [--threads N] [--executable llama-server]
//
// Starts the engine as the backend says, drives it in a closed loop over kept-alive connections, counts the tokens
// that the server reports, and alternates the two loads so that a slow spell of the machine hits both.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { create } from '../../packages/backend-llamacpp/dist/backend.js';

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
  },
});
const most = Number(values.concurrency);
const experiment = {
  id: 'bench',
  label: 'bench',
  asked: {},
  factors: {},
  model: values.model,
  backend: 'llamacpp',
  runner: null,
  devices: null,
  workload: {
    concurrency: most,
    input_tokens: Number(values.input),
    output_tokens: Number(values.output),
    seed: 0,
  },
  measure: {},
  options: {},
};
const backend = create(
  { cacheDir: join(tmpdir(), 'llem-bench') },
  {
    ...(values.threads ? { threads: Number(values.threads) } : {}),
    ...(values.executable ? { executable: values.executable } : {}),
  },
);
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
const dialect = backend.dialect(experiment, artifacts);
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
while (!(await ready())) await new Promise((resolve) => setTimeout(resolve, spec.readiness.intervalMs));

const agent = new Agent({ keepAlive: true });
const { first, last } = artifacts.model.promptTokenIds;
let seed = 1;
const prompt = () =>
  Array.from({ length: experiment.workload.input_tokens }, () => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return first + (seed % (last - first + 1));
  });
const bodyOf = (template) =>
  Object.fromEntries(
    Object.entries(template).map(([key, value]) => {
      if (value === '{prompt}') return [key, prompt()];
      if (value === '{output_tokens}') return [key, experiment.workload.output_tokens];
      return [key, value === '{seed}' ? 1 : value];
    }),
  );

/** Sends one request and gives each token's arrival to `onEvent`. */
function send(onEvent) {
  return new Promise((resolve, reject) => {
    const sent = request(
      { agent, host: '127.0.0.1', port, method: 'POST', path: dialect.path, headers: dialect.headers },
      (response) => {
        let rest = '';
        response.setEncoding('utf8');
        response.on('data', (piece) => {
          const events = (rest + piece).split('\n\n');
          rest = events.pop();
          for (const event of events) {
            if (event.includes('"error"')) reject(new Error(event));
            if (event.includes('"finish_reason":null')) onEvent();
          }
        });
        response.on('end', resolve);
      },
    );
    sent.on('error', reject);
    sent.end(JSON.stringify(bodyOf(dialect.body)));
  });
}

/** Tokens per second with so many requests in flight, counted between two times in the steady part. */
async function throughput(concurrency) {
  let tokens = 0;
  let running = true;
  const loops = Array.from({ length: concurrency }, async () => {
    while (running) await send(() => tokens++);
  });
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const [before, from] = [tokens, performance.now()];
  await new Promise((resolve) => setTimeout(resolve, 1000 * Number(values.seconds)));
  const rate = (tokens - before) / ((performance.now() - from) / 1000);
  running = false;
  await Promise.all(loops);
  return rate;
}

const rates = { 1: [], [most]: [] };
for (let round = 0; round < Number(values.rounds); round++) {
  for (const concurrency of [1, most]) rates[concurrency].push(await throughput(concurrency));
}
const facts = await backend.describe({ baseUrl: `http://127.0.0.1:${port}` }, signal);
engine.kill('SIGTERM');
await once(engine, 'exit');
agent.destroy();

const mean = (list) => list.reduce((sum, value) => sum + value, 0) / list.length;
const shown = (list) => `${mean(list).toFixed(0)} tok/s (${list.map((rate) => rate.toFixed(0)).join(', ')})`;
console.log(
  `${values.model}, ${facts.version ?? 'version unknown'}, CPU ${facts.details.engine?.cpuVariants?.join(', ') ?? 'unknown'}`,
);
console.log(`concurrency 1: ${shown(rates[1])}`);
console.log(`concurrency ${most}: ${shown(rates[most])}`);
console.log(`ratio ${(mean(rates[most]) / mean(rates[1])).toFixed(2)}`);
