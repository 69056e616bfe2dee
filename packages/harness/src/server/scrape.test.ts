import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { MetricMap } from '@llem/core';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { scrapeOnce, startScraping } from './scrape.js';

const map: MetricMap = {
  path: '/metrics',
  names: { running: 'e:running', kvUse: 'e:kv', outputTokens: 'e:tokens_total' },
};
const signal = new AbortController().signal;

let server: Server;
let answer: RequestListener;
let asked: string[] = [];
let baseUrl = '';
beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.authorization}`);
    answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  baseUrl = `http://127.0.0.1:${isAddress(address) ? address.port : 0}`;
});
afterEach(() => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  server.close();
});
const isAddress = (address: unknown): address is AddressInfo =>
  typeof address === 'object' && address !== null && 'port' in address;

it('adds series, averages the use of the KV cache, and asks for nothing but the path of the map', async () => {
  vi.stubEnv('ENGINE_TOKEN', 'secret');
  answer = (_, response) =>
    response.end('e:running{rank="0"} 3\ne:running{rank="1"} 4\ne:kv{r="0"} 0.2\ne:kv{r="1"} 0.6\nother 1\n');
  expect(await scrapeOnce({ baseUrl, tokenEnv: 'ENGINE_TOKEN' }, map, signal)).toEqual({
    running: 7,
    kvUse: 0.4,
  });
  expect(asked).toEqual(['GET /metrics Bearer secret']);
});

it('takes the first of several names that is there, as releases change them', async () => {
  const renamed: MetricMap = {
    path: '/',
    names: { kvUse: ['e:kv_new', 'e:kv_old'], running: ['e:a', 'e:b'] },
  };
  answer = (_, response) => response.end('e:kv_old 0.5\ne:a 1\ne:b 2\n');
  expect(await scrapeOnce({ baseUrl }, renamed, signal)).toEqual({ kvUse: 0.5, running: 1 });
});

it.each<[string, RequestListener]>([
  ['an error', (_, response) => response.writeHead(500).end('e:running 3')],
  ['a page of something else', (_, response) => response.end('<html>e:running 3</html>')],
  ['nothing', (_, response) => response.end()],
  ['a redirect', (_, response) => response.writeHead(302, { location: '/health' }).end()],
  ['a reset', (request) => request.socket.destroy()],
  ['more than 4 MB', (_, response) => response.end(`e:running 3\n#${' '.repeat(4_194_304)}\n`)],
  [
    'a body without an end',
    (_, response) => {
      const pour = () => {
        while (response.write(Buffer.alloc(65_536, 'e:running 3\n')));
      };
      response.on('drain', pour);
      pour();
    },
  ],
])('gives null for %s', async (_, listener) => {
  answer = listener;
  expect(await scrapeOnce({ baseUrl }, map, signal)).toBeNull();
  expect(asked.every((one) => one.startsWith('GET /metrics'))).toBe(true);
});

it('asks again and again, never two at a time, and leaves no question open when it is stopped', async () => {
  let open = 0;
  let most = 0;
  answer = (_, response) => {
    open += 1;
    most = Math.max(most, open);
    setTimeout(() => {
      open -= 1;
      response.end(`e:running ${asked.length}\n`);
    }, 20);
  };
  const scraping = startScraping({ baseUrl }, map, 1);
  await vi.waitFor(() => expect(scraping.scrapes.length).toBeGreaterThan(4), 10_000);
  scraping.stop();
  expect(most).toBe(1);
  expect(scraping.scrapes.map(({ values }) => values.running)).toEqual(
    scraping.scrapes.map((_, index) => index + 1),
  );
  expect(scraping.scrapes.every(({ atNs }, index) => atNs > (scraping.scrapes[index - 1]?.atNs ?? 0n))).toBe(
    true,
  );
  const told = scraping.scrapes.length;
  await vi.waitFor(() => expect(open).toBe(0));
  expect(scraping.scrapes).toHaveLength(told);
});
