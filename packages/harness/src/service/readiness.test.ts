/** When a started service counts as ready, and what ends the wait at once. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createProxy } from 'node:net';
import type { Endpoint, Service, ServiceSpec } from '@llem/core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import { createGuard } from '../run/guard.js';
import { awaitReady, isAnswering } from './readiness.js';

let server: Server;
let baseUrl = '';
let asked: IncomingMessage[] = [];
/** Statuses of the answers, in their order; the last one goes on. */
let statuses: number[] = [];
beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    asked.push(request);
    const [status = 200] = statuses.length > 1 ? statuses.splice(0, 1) : statuses;
    response.writeHead(status, status === 307 ? { location: '/elsewhere' } : {}).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = z.object({ port: z.number() }).parse(server.address());
  baseUrl = `http://127.0.0.1:${port}`;
  process.env['READY_TOKEN'] = 's3cret';
});
afterEach(() => {
  server.close();
  delete process.env['READY_TOKEN'];
});

const spec: ServiceSpec = {
  command: ['serve'],
  env: {},
  target: { host: '127.0.0.1', port: 1 },
  readiness: { path: '/health', intervalMs: 1 },
  stopGraceS: 1,
};
const service = (endpoint: Partial<Endpoint> = {}, more: Partial<Service> = {}): Service => ({
  endpoint: { baseUrl, ...endpoint },
  exited: new Promise(() => undefined),
  facts: {},
  processes: () => Promise.resolve(null),
  stop: () => Promise.resolve({ code: null, signal: null }),
  ...more,
});
async function ready(of: Service, deadlineS = 60): Promise<void> {
  const guard = createGuard(new AbortController().signal, 60);
  await awaitReady(of, spec, deadlineS, guard).finally(() => guard.close());
}

it('waits while the model is loaded, and brings the token', async () => {
  statuses = [503, 503, 200];
  await ready(service({ tokenEnv: 'READY_TOKEN' }));
  expect(asked.map(({ url, headers }) => [url, headers.authorization])).toEqual(
    Array(3).fill(['/health', 'Bearer s3cret']),
  );
});

it('asks where the service says, below the path of its address', async () => {
  statuses = [200];
  await ready(service({ baseUrl: `${baseUrl}/llm` }, { readinessPath: '/v1/models' }));
  expect(asked.map(({ url }) => url)).toEqual(['/llm/v1/models']);
});

it.each([401, 403])('ends at once where the token is not accepted: HTTP %i', async (status) => {
  statuses = [status];
  await expect(ready(service({ tokenEnv: 'READY_TOKEN' }))).rejects.toMatchObject({
    code: 'LLEM_E_START',
    failureClass: 'token-refused',
    message: `${baseUrl}/health does not accept the token in READY_TOKEN (HTTP ${status}).`,
  });
  expect(asked).toHaveLength(1);
  await expect(ready(service())).rejects.toThrow('wants a bearer token');
});

it('takes no redirect for an answer, and says in the end what came', async () => {
  statuses = [307];
  expect(await isAnswering(service(), spec)).toBe(false);
  await expect(ready(service(), 0.05)).rejects.toThrow(/did not get ready within 0\.05 s: HTTP 307/);
  expect(asked.every(({ url }) => url === '/health')).toBe(true);
});

it('asks again where a connection is taken and closed at once, as by the proxy of a published port', async () => {
  statuses = [200];
  let taken = 0;
  const proxy = createProxy((connection) => {
    if ((taken += 1) <= 5) connection.end();
    else server.emit('connection', connection);
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const { port } = z.object({ port: z.number() }).parse(proxy.address());
  await ready(service({ baseUrl: `http://127.0.0.1:${port}` }), 5).finally(() => proxy.close());
  expect(taken).toBe(6);
});
