/** Whether the cache is known to be empty, by release and by number of engines. */
import { createServer } from 'node:http';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { resetPrefixCache } from './cache.js';
import { optionsSchema } from './options.js';

const NAMES = ['num_requests_running', 'num_requests_waiting', 'kv_cache_usage_perc'];
/** `/metrics` with the same value of each for every engine. */
const metrics = (...usage: readonly number[]) =>
  NAMES.flatMap((name) => usage.map((value, engine) => `vllm:${name}{engine="${engine}"} ${value}`)).join(
    '\n',
  );

const SUCCESS = JSON.stringify({ success: true });

test.each<[string, object, { status?: number; answer: string; metrics?: string }, boolean, string]>([
  ['the answer says so', {}, { answer: SUCCESS }, true, '/reset_prefix_cache'],
  [
    'the answer says no',
    {},
    { answer: JSON.stringify({ success: false }), metrics: metrics(0) },
    false,
    '/reset_prefix_cache',
  ],
  ['an older release is idle', {}, { answer: '', metrics: metrics(0) }, true, '/reset_prefix_cache'],
  ['an older release is not idle', {}, { answer: '', metrics: metrics(0.01) }, false, '/reset_prefix_cache'],
  ['an older release tells nothing', {}, { answer: '' }, false, '/reset_prefix_cache'],
  [
    'all of several engines are idle',
    { data_parallel_size: 2 },
    { answer: SUCCESS, metrics: metrics(0, 0) },
    true,
    '/reset_prefix_cache',
  ],
  [
    'another engine is not idle',
    { data_parallel_size: 2 },
    { answer: SUCCESS, metrics: metrics(0, 0.5) },
    false,
    '/reset_prefix_cache',
  ],
  [
    'there is no such page',
    {},
    { status: 404, answer: '{"detail":"Not Found"}', metrics: metrics(0) },
    false,
    '/reset_prefix_cache',
  ],
  [
    'blocks elsewhere go as well',
    { kv_offloading_size: 4 },
    { answer: SUCCESS },
    true,
    '/reset_prefix_cache?reset_external=true',
  ],
  [
    'of blocks elsewhere nothing is known',
    { kv_offloading_size: 4 },
    { answer: '', metrics: metrics(0) },
    false,
    '/reset_prefix_cache?reset_external=true',
  ],
])('%s', async (_, settings, told, expected, path) => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    if (request.url === '/metrics') response.end(told.metrics ?? '');
    else response.writeHead(told.status ?? 200).end(told.answer);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = z.object({ port: z.number() }).parse(server.address());
  const endpoint = { baseUrl: `http://127.0.0.1:${port}` };
  try {
    const options = optionsSchema.parse(settings);
    expect(await resetPrefixCache(options, endpoint, new AbortController().signal)).toBe(expected);
    expect(asked[0]).toBe(`POST ${path}`);
  } finally {
    server.close();
  }
});
