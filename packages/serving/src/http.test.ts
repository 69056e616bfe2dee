import { createServer } from 'node:http';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { ask, getJson, getText } from './http.js';
import { listening } from './hub/hub.fixture.js';

const never = new AbortController().signal;
const server = createServer((request, response) => {
  switch (request.url) {
    case '/token':
      return response.end(JSON.stringify({ token: request.headers.authorization ?? null }));
    case '/garbage':
      return response.end('<html>');
    case '/endless':
      return response.write(Buffer.alloc(2 ** 24, 'x'));
    case '/elsewhere':
      return response.writeHead(302, { location: '/token' }).end();
    default:
      return response.writeHead(400).end('busy');
  }
});
let baseUrl = '';
beforeAll(async () => {
  baseUrl = await listening(server);
});
afterAll(() => new Promise((resolve) => server.close(resolve)));
afterEach(() => vi.unstubAllEnvs());

it('sends the token that the endpoint names, if it is set', async () => {
  expect(await getJson({ baseUrl }, '/token', never)).toEqual({ token: null });
  vi.stubEnv('SOME_TOKEN', 'secret');
  expect(await getJson({ baseUrl, tokenEnv: 'SOME_TOKEN' }, '/token', never)).toEqual({
    token: 'Bearer secret',
  });
  vi.stubEnv('SOME_TOKEN', undefined);
  expect(await getJson({ baseUrl, tokenEnv: 'SOME_TOKEN' }, '/token', never)).toEqual({ token: null });
});

it('has nothing of a page that is not there, or holds something else', async () => {
  expect(await getJson({ baseUrl }, '/nothing', never)).toBeNull();
  expect(await getText({ baseUrl }, '/nothing', never)).toBeNull();
  expect(await getJson({ baseUrl }, '/garbage', never)).toBeNull();
  expect(await getText({ baseUrl }, '/garbage', never)).toBe('<html>');
});

it('tells a refusal with its words', async () => {
  expect(await ask({ baseUrl }, 'POST', '/flush', never)).toEqual({ ok: false, status: 400, text: 'busy' });
});

it.each([
  ['nobody there', 'http://127.0.0.1:1', '/'],
  ['a page without end', null, '/endless'],
  ['a page that has moved, where the token must not go', null, '/elsewhere'],
])('fails with what to do: %s', async (_what, url, path) => {
  vi.stubEnv('SOME_TOKEN', 'secret');
  const error: unknown = await ask(
    { baseUrl: url ?? baseUrl, tokenEnv: 'SOME_TOKEN' },
    'GET',
    path,
    never,
  ).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'LLEM_E_START', failureClass: 'describe-failed' });
  expect(String(error)).not.toContain('secret');
});

it('ends with the reason of an interruption', async () => {
  const reason = new Error('enough');
  await expect(ask({ baseUrl }, 'GET', '/token', AbortSignal.abort(reason))).rejects.toBe(reason);
});
