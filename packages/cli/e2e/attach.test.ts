/** Servers that run already, through the real command: measured as they are, or refused for what they are. */
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { recordSchema } from '@llem/core';
import { selfSignedPair, startSimulatedServer, type SimulatedEngine } from '@llem/testkit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import { workplace, type Workplace } from './llem.js';

const TOKEN = 's3cret-of-the-gateway';

let place: Workplace;
let server: SimulatedEngine;
beforeEach(async () => {
  place = await workplace();
  const tls = selfSignedPair();
  await writeFile(join(place.dir, 'ca.pem'), tls.cert);
  await mkdir(join(place.dir, 'model'));
  await writeFile(join(place.dir, 'model', 'config.json'), JSON.stringify({ vocab_size: 32_000 }));
  Object.assign(place.env, {
    NODE_EXTRA_CA_CERTS: join(place.dir, 'ca.pem'),
    GATEWAY_TOKEN: TOKEN,
    WRONG_TOKEN: 'wr0ng-for-the-gateway',
  });
  const flags = '--served-model-name chat-large --max-num-seqs 16 --host 127.0.0.1 --port 0 --api-key';
  server = await startSimulatedServer(
    'vllm',
    ['serve', '/models/a', ...flags.split(' '), TOKEN],
    { prefix: '/team/llm', tls },
    { VLLM_SERVER_DEV_MODE: '1' },
  );
});
afterEach(async () => {
  await server.close();
  await place.remove();
});

const HEAD = `
name: attached
model: ./model
backend: vllm
workload: { concurrency: 2, input_tokens: 16, output_tokens: 8 }
measure: { min_seconds: 1, warmup: { max_s: 0 } }
execution: { cycles: 1, retries: { max: 0 }, gaps: { between_runs_s: 0 } }
`;
const run = async (study: string, ...flags: readonly string[]) => {
  await writeFile(join(place.dir, 'study.yaml'), HEAD + study);
  return place.llem(['run', 'study.yaml', '--output', 'results', ...flags]);
};

/** Everything that was written, and the record of the one run. */
async function written() {
  const folder = join(place.dir, 'results');
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const contents = await Promise.all(
    files
      .filter((file) => file.isFile())
      .map(async ({ parentPath, name }) => ({
        name,
        bytes: await readFile(join(parentPath, name), 'latin1'),
      })),
  );
  const record = contents.find(({ name }) => name === 'record.json')?.bytes ?? '';
  return { all: contents.map(({ bytes }) => bytes).join(), record: recordSchema.parse(JSON.parse(record)) };
}

it('a server behind a gateway is measured with its token and by its own name, and lives on', async () => {
  const { code, stderr } = await run(`
vllm: { max_num_seqs: 64 }
runner: { type: attach, url: ${server.baseUrl}, token_env: GATEWAY_TOKEN, served_model: chat-large }
`);
  expect([code, code === 0 ? '' : stderr]).toEqual([0, '']);
  expect(stderr.replace(/\s+/g, ' ')).toContain('will not be known: llem does not start the server');
  const { all, record } = await written();
  expect(record.engine).toMatchObject({
    service: 'attached',
    command: [],
    version: '0.32.0',
    serviceStart: { runsBefore: 0, cacheReset: 'done' },
    differences: [{ option: 'vllm.max_num_seqs', asked: 64, actual: 16 }],
    model: { revision: null },
  });
  expect(record.measurement?.requests).toMatchObject({ failed: 0 });
  expect(record.validity.checks.find(({ id }) => id === 'as-asked')?.message).toContain(
    'started by somebody else',
  );
  expect(all + stderr).not.toContain(TOKEN);
  expect(
    server.ledger.entries.every(({ outcome }) => outcome === 'completed' || outcome === 'cancelled'),
  ).toBe(true);
}, 60_000);

it('what is no server to be measured is told before anything is measured, each in its own words', async () => {
  const gone = createServer().listen(0, '127.0.0.1');
  await once(gone, 'listening');
  const nobody = addressOf(gone);
  gone.close();
  const { code, stderr } = await run(`
experiments:
  - { runner: 'attach:${nobody}' }
  - { runner: { type: attach, url: '${server.baseUrl}', token_env: WRONG_TOKEN, served_model: chat-large } }
  - { runner: { type: attach, url: '${server.baseUrl}', token_env: UNSET_TOKEN } }
  - { runner: { type: attach, url: '${server.baseUrl}', token_env: GATEWAY_TOKEN } }
energy: { require: measured }
`);
  expect(code).toBe(1);
  const told = stderr.replace(/\s+/g, ' ');
  expect(told).toContain(`Nothing listens at ${new URL(nobody).host}`);
  expect(told).toContain('does not accept the token in WRONG_TOKEN (HTTP 401)');
  expect(told).toContain('The environment variable UNSET_TOKEN');
  expect(told).toContain('does not serve ./model; it serves chat-large.');
  expect(told).toContain('requires measured energy');
  expect(stderr).not.toMatch(/s3cret|wr0ng/);
}, 60_000);

it('a token that a server repeats in its errors is not written down', async () => {
  const repeating = createServer((request, response) => {
    const generates = request.method === 'POST';
    response.writeHead(generates ? 403 : 200).end(`${request.headers.authorization} is not for you`);
  }).listen(0, '127.0.0.1');
  await once(repeating, 'listening');
  try {
    const runner = `runner: { type: attach, url: ${addressOf(repeating)}, token_env: GATEWAY_TOKEN }`;
    // Many at once are soon enough failures in a row.
    const { code, stderr } = await run(`experiments: [{ workload.concurrency: 24 }]\n${runner}\n`);
    expect(code).toBe(1);
    const { all, record } = await written();
    expect(record.failure).toMatchObject({ class: 'requests-failing' });
    expect(record.failure?.message).toContain('Bearer ${env:GATEWAY_TOKEN} is not for you');
    expect(all + stderr).not.toContain(TOKEN);
  } finally {
    repeating.close();
  }
}, 60_000);

function addressOf(listening: Server): string {
  const { port } = z.object({ port: z.number() }).parse(listening.address());
  return `http://127.0.0.1:${port}`;
}
