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

it('every path at which engines are to answer is asked for', async () => {
  const asked: unknown[] = [];
  const url = await httpServer((request, response) => {
    asked.push(request.url);
    response.end();
  });
  const { signal } = new AbortController();
  for (const check of checksFor({ url }, ['/health', '/health_generate'], [])) await check.run(signal);
  expect(asked).toEqual(expect.arrayContaining(['/health', '/health_generate']));
});

it.each([
  ['http://192.0.2.7:8000', true],
  ['https://192.0.2.7:8000', false],
  ['http://127.0.0.1:8000', false],
  ['http://[::1]:8000', false],
])('a token that goes to %s is told to be readable on its way: %s', async (url, isTold) => {
  const checks = checksFor({ url, token_env: 'TOKEN' }, ['/health'], []);
  const token = checks.find(({ id }) => id === 'attach.token');
  expect(token !== undefined).toBe(isTold);
  if (token) {
    const { status, message } = await token.run(new AbortController().signal);
    expect(status).toBe('warning');
    expect(message).toContain('The token in TOKEN goes to 192.0.2.7:8000 by http');
  }
  expect(checksFor({ url }, ['/health'], []).map(({ id }) => id)).toEqual(['attach.server']);
});
