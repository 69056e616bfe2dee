/** The data set of AI Energy Score, fetched from a server that stands for the Hub. */
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { isLlemError } from '@llem/core';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { create, DEFAULT_REVISION } from './aienergyscore.js';
import { never, requestFor, take, unheard, type Asked } from './request.fixture.js';

const parquetOf = (texts: readonly string[]) =>
  Buffer.from(parquetWriteBuffer({ columnData: [{ name: 'text', data: [...texts], type: 'STRING' }] }));
const TEXTS = ['one', 'two', 'three', 'four'];
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

let cacheDir = '';
let hub: Server;
let asked: IncomingMessage[] = [];
let answer: (request: IncomingMessage, response: ServerResponse) => void;
const place = () => join(cacheDir, 'datasets', `aienergyscore-${DEFAULT_REVISION}.parquet`);

beforeEach(async () => {
  cacheDir = mkdtempSync(join(tmpdir(), 'llem-hub-'));
  asked = [];
  answer = (_, response) => response.end(parquetOf(TEXTS));
  hub = createServer((request, response) => {
    asked.push(request);
    answer(request, response);
  }).listen(0, '127.0.0.1');
  await once(hub, 'listening');
  const { port } = z.object({ port: z.number() }).parse(hub.address());
  vi.stubEnv('HF_ENDPOINT', `http://127.0.0.1:${port}/`);
  vi.stubEnv('HF_TOKEN', '');
});
afterEach(() => {
  vi.unstubAllEnvs();
  hub.close();
  hub.closeAllConnections();
  rmSync(cacheDir, { recursive: true });
});

async function read(settings: object = {}, request: Asked = {}) {
  const dataset = create({ cacheDir }, settings);
  const facts = await dataset.prepare(requestFor(request), never, unheard);
  return { facts, taken: await take(dataset.open(requestFor(request)), 100) };
}
async function refused(settings: object = {}, request: Asked = {}) {
  const error: unknown = await read(settings, request).catch((thrown: unknown) => thrown);
  if (!isLlemError(error)) throw new Error('it was not refused');
  expect(error.code).toBe('LLEM_E_PREPARE');
  return error;
}

describe('the data set', () => {
  test('is fetched once, at its revision, and gives all its texts', async () => {
    const { facts, taken } = await read();
    expect(facts).toEqual({
      revision: DEFAULT_REVISION,
      hash: sha256(parquetOf(TEXTS)),
      prompts: 4,
      sharedPrefix: false,
      repeats: false,
      records: { read: 4, used: 4, shortened: 0, leftOut: {}, measured: false },
    });
    expect(taken.map(({ content }) => content)).toEqual(expect.arrayContaining(TEXTS));
    await read();
    expect(asked.map(({ url }) => url)).toEqual([
      `/datasets/AIEnergyScore/text_generation/resolve/${DEFAULT_REVISION}/data/train-00000-of-00001.parquet`,
    ]);
  });

  test('is the same for another process that finds it in the cache, without a network', async () => {
    const before = await read();
    hub.close();
    hub.closeAllConnections();
    expect(await read()).toEqual(before);
  });

  test('is fetched again when the file in the cache is damaged', async () => {
    await read();
    writeFileSync(place(), readFileSync(place()).subarray(0, 100));
    const { taken } = await read();
    expect(taken).toHaveLength(4);
    expect(asked).toHaveLength(2);
    expect(sha256(readFileSync(place()))).toBe(sha256(parquetOf(TEXTS)));
  });

  test('is held to the hash that was seen first', async () => {
    await read();
    writeFileSync(place(), 'damaged');
    answer = (_, response) => response.end(parquetOf(['other']));
    const error = await refused();
    expect(error.message).toContain(sha256(parquetOf(['other'])));
    expect(error.remedy).toContain('.sha256');
    expect(readFileSync(place(), 'utf8')).toBe('damaged');
  });

  test('is held to the hash that is asked for', async () => {
    expect((await refused({ sha256: 'a'.repeat(64) })).message).toContain('a'.repeat(64));
    expect(existsSync(place())).toBe(false);
    expect((await read({ sha256: sha256(parquetOf(TEXTS)) })).taken).toHaveLength(4);
  });

  test('is taken where it was put by hand', async () => {
    mkdirSync(dirname(place()), { recursive: true });
    writeFileSync(place(), parquetOf(TEXTS));
    expect((await read()).taken).toHaveLength(4);
    expect(asked).toEqual([]);
    writeFileSync(place(), parquetOf(['swapped']));
    expect((await read()).taken).toHaveLength(4);
    expect(asked).toHaveLength(1);
  });

  test('is another one at another revision', async () => {
    await read();
    answer = (_, response) => response.end(parquetOf(['new']));
    expect((await read({ revision: 'main' })).taken.map(({ content }) => content)).toEqual(['new']);
    expect((await read()).taken).toHaveLength(4);
  });
});

describe('what goes wrong', () => {
  test('without a network names the address and the place to put the file by hand', async () => {
    hub.close();
    hub.closeAllConnections();
    const error = await refused();
    expect(error.message).toContain('/datasets/AIEnergyScore/text_generation/resolve/');
    expect(error.message).toContain('ECONNREFUSED');
    expect(error.remedy).toContain(place());
  });

  test.each([
    [401, 'HF_TOKEN'],
    [404, 'revision'],
    [500, 'later'],
  ])('with the answer %i says what to do', async (status, remedy) => {
    answer = (_, response) => response.writeHead(status).end();
    expect((await refused()).remedy).toContain(remedy);
  });

  test('half an answer is no file', async () => {
    answer = (_, response) => {
      response.writeHead(200, { 'content-length': 5_000 });
      response.write('half', () => response.destroy());
    };
    await refused();
    expect(existsSync(place())).toBe(false);
  });

  test('a file of something else is refused', async () => {
    answer = (_, response) => response.end('<html>');
    expect((await refused()).message).toContain('parquet');
  });

  test('the token goes to the Hub, and nowhere else: not to where it redirects, not into errors, not into the cache', async () => {
    vi.stubEnv('HF_TOKEN', 'hf_secret');
    const elsewhere = createServer((request, response) => {
      asked.push(request);
      response.end(parquetOf(TEXTS));
    }).listen(0, '127.0.0.1');
    await once(elsewhere, 'listening');
    const { port } = z.object({ port: z.number() }).parse(elsewhere.address());
    answer = (_, response) => response.writeHead(302, { location: `http://127.0.0.1:${port}/file` }).end();
    await read();
    elsewhere.close();
    elsewhere.closeAllConnections();
    expect(asked.map(({ headers }) => headers.authorization)).toEqual(['Bearer hf_secret', undefined]);
    for (const name of readdirSync(join(cacheDir, 'datasets'))) {
      expect(readFileSync(join(cacheDir, 'datasets', name), 'latin1')).not.toContain('hf_secret');
    }
    answer = (_, response) => response.writeHead(403).end();
    const error = await refused({ revision: 'other' });
    expect(JSON.stringify([error.message, error.remedy, String(error.cause)])).not.toContain('hf_secret');
  });

  test('a workload that it cannot serve is refused before anything is fetched', async () => {
    for (const workload of [
      { turns: 2 },
      { shared_prefix_tokens: 3 },
      { arrival: { process: 'trace' } },
    ] as const) {
      await refused({}, { workload });
    }
    expect(asked).toEqual([]);
  });

  test('an interruption stops the fetch', async () => {
    const controller = new AbortController();
    answer = () => controller.abort();
    await expect(
      create({ cacheDir }, {}).prepare(requestFor(), controller.signal, unheard),
    ).rejects.toMatchObject({
      code: 'LLEM_E_INTERRUPTED',
    });
  });
});
