/** What preflight is told of a server. */
import { startSimulatedServer } from '@llem/testkit';
import { afterEach, expect, it } from 'vitest';
import { endServers, engine, httpServer } from './address.fixture.js';
import { checksFor } from './checks.js';
import type { AttachOptions } from './options.js';

afterEach(endServers);

async function finding(options: AttachOptions, models: readonly string[] = ['simulated']) {
  const [check] = checksFor(options, ['/health'], models);
  const found = await check?.run(new AbortController().signal);
  if (!found) throw new Error('there is no check');
  return found;
}

it('a server that answers and serves the model is well', async () => {
  const { baseUrl } = await engine();
  const { status, message } = await finding({ url: baseUrl });
  expect(status).toBe('ok');
  expect(message).toMatch(/answers \(HTTP 200 in \d+ ms\) and serves simulated\.$/);
});

it('a server that is loading may become well', async () => {
  const { baseUrl } = await engine({ faults: { 'hang-at-start': true } });
  expect(await finding({ url: baseUrl })).toMatchObject({ status: 'warning' });
});

it('a server that is not there has failed', async () => {
  const server = await engine();
  await server.close();
  const { status, message } = await finding({ url: server.baseUrl });
  expect(status).toBe('failed');
  expect(message).toContain('Nothing listens at 127.0.0.1');
});

it('a model that it does not serve has failed, with what it serves and what it calls that model', async () => {
  const server = await startSimulatedServer('vllm', [
    ...['serve', 'meta-llama/Llama-3.1-8B', '--served-model-name', 'chat', 'chat-8b', '--port', '0'],
  ]);
  const url = server.baseUrl;
  try {
    const renamed = await finding({ url }, ['meta-llama/Llama-3.1-8B']);
    expect(renamed).toMatchObject({
      status: 'failed',
      message: `${url} does not serve meta-llama/Llama-3.1-8B; it serves chat, chat-8b.`,
    });
    expect(renamed.remedy).toContain('`served_model: chat`');
    expect((await finding({ url }, ['other'])).remedy).toContain('name one of these');
    const named = { url, served_model: 'chat-8b' };
    expect(await finding(named, ['meta-llama/Llama-3.1-8B'])).toMatchObject({ status: 'ok' });
  } finally {
    await server.close();
  }
});

it('a server that does not tell its models is well, and that is said', async () => {
  const url = await httpServer((request, response) =>
    request.url === '/health' ? response.end() : response.writeHead(404).end(),
  );
  const { status, message } = await finding({ url });
  expect(status).toBe('ok');
  expect(message).toContain('does not tell which models it serves');
});
