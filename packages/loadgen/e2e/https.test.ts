/** https, and a token from the environment. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { workloadSchema } from '@llem/core';
import { selfSignedPair, simulatedDialect, simulatedModel } from '@llem/testkit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { endAll, engineWith } from './load.fixture.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llem-https-'));
});
afterEach(async () => {
  await endAll();
  await rm(folder, { recursive: true, force: true });
});

/** What a load in a process of its own prints. */
async function loadFrom(baseUrl: string, env: Readonly<Record<string, string>>): Promise<string> {
  const plan = {
    endpoint: { baseUrl, tokenEnv: 'ENGINE_TOKEN' },
    dialect: simulatedDialect,
    workload: workloadSchema.parse({ concurrency: 2, input_tokens: 4, output_tokens: 5 }),
    model: simulatedModel,
    dataset: {
      kind: 'dataset',
      id: 'fixture',
      moduleUrl: new URL('./dataset.fixture.mjs', import.meta.url).href,
      options: {},
    },
    context: { cacheDir: '' },
    seed: 1,
    threads: 2,
    silenceS: 10,
  };
  const child = spawn(process.execPath, [fileURLToPath(new URL('./https.fixture.mjs', import.meta.url))], {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout.on('data', (bytes: Buffer) => (printed += bytes.toString()));
  child.stdin.end(JSON.stringify(plan));
  await once(child, 'close');
  expect(printed).not.toContain('s3cret');
  return printed;
}

it('reads an https engine below a path that wants a token, and tells the token to nobody else', async () => {
  const { key, cert } = selfSignedPair();
  await writeFile(join(folder, 'ca.pem'), cert);
  const engine = await engineWith({
    tls: { key, cert },
    prefix: '/llm',
    token: 's3cret',
    ttftMs: 1,
    itlMs: 1,
  });
  const trusted = { NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'), ENGINE_TOKEN: 's3cret' };
  const requests: unknown = JSON.parse(await loadFrom(engine.baseUrl, trusted));
  expect(requests).toContainEqual({ status: 'completed', errorClass: null, errorMessage: null, chunks: 5 });
  expect(JSON.stringify(requests)).not.toContain('failed');

  const refused = await loadFrom(engine.baseUrl, { ...trusted, ENGINE_TOKEN: 'wrong' });
  expect(refused).toContain('http-401');
  expect(refused).not.toContain('completed');

  const untrusted = await loadFrom(engine.baseUrl, { ...trusted, NODE_EXTRA_CA_CERTS: '' });
  expect(untrusted).toContain('SELF_SIGNED');
  expect(untrusted).not.toContain('completed');
});
