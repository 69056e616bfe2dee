/** Whether the cache is known to be empty, by what the server answers. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { flushCache } from './cache.js';
import { optionsSchema } from './options.js';

/** As SGLang 0.5.23 says it. */
const DONE =
  'Cache flushed.\nPlease check backend logs for more details. (When there are running or waiting requests, the operation will not be performed.)\n';

/** `/metrics` with so many requests of each scheduler, none of them waiting. */
const metrics = (...running: readonly number[]) =>
  running
    .flatMap((value, rank) => [
      `sglang:num_running_reqs{dp_rank="${rank}"} ${value}.0`,
      `sglang:num_queue_reqs{dp_rank="${rank}"} 0.0`,
    ])
    .join('\n');

test.each<[string, object, { status?: number; answer: string; metrics?: string }, boolean, number]>([
  ['an idle server', {}, { answer: DONE }, true, 1],
  ['a server that is not idle', {}, { status: 400, answer: 'Flush cache failed.\n' }, false, 1],
  ['an answer that is another', {}, { answer: 'OK' }, false, 1],
  ['no such page', {}, { status: 404, answer: '{"detail":"Not Found"}' }, false, 1],
  ['copies that are all idle', { dp_size: 2 }, { answer: DONE, metrics: metrics(0, 0) }, true, 2],
  ['a copy that is not', { dp_size: 2 }, { answer: DONE, metrics: metrics(0, 3) }, false, 2],
  ['copies that tell nothing', { dp_size: 2 }, { answer: DONE }, false, 2],
  [
    'groups that share out attention',
    { tp_size: 2, attn_dp_size: 2 },
    { answer: DONE, metrics: metrics(0, 1) },
    false,
    2,
  ],
  ['a level in the memory of the host', { enable_hierarchical_cache: true }, { answer: DONE }, true, 1],
  [
    'a level on a disk',
    { enable_hierarchical_cache: true, hicache_storage_backend: 'file' },
    { answer: DONE },
    false,
    0,
  ],
  ['a cache of another project', { extra: { 'enable-lmcache': true } }, { answer: DONE }, false, 0],
])('%s', async (_, settings, told, expected, questions) => {
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
    expect(await flushCache(options, endpoint, new AbortController().signal)).toBe(expected);
    expect(asked).toHaveLength(questions);
    if (questions > 0) expect(asked[0]).toBe('POST /flush_cache?timeout=10');
  } finally {
    server.close();
  }
});
