/** Hostile servers: each does what it says, and holds little itself. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { exchange, requestFor } from '../engine/raw.fixture.js';
import { HOSTILE_KINDS, type HostileKind } from './kinds.js';
import { hostileAnswerBytes, startHostileServer, type HostileOptions, type HostileServer } from './server.js';

const servers: HostileServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function start(kind: HostileKind, options: HostileOptions = {}): Promise<HostileServer> {
  const server = await startHostileServer(kind, options);
  servers.push(server);
  return server;
}

const REQUEST = requestFor({ prompt: [1], max_tokens: 3 });
const ask = async (kind: HostileKind, until?: string) =>
  await exchange((await start(kind)).port, [REQUEST], until);

describe('what goes on for ever', () => {
  it.each([
    'endless-header',
    'many-headers',
    'endless-1xx',
    'endless-chunk-size',
    'endless-event',
    'endless-stream',
    'endless-comments',
    'huge-chunk-sent',
  ] as const)('%s sends more than 20 MB to who reads, in little memory', async (kind) => {
    const server = await start(kind);
    const socket = connect({ port: server.port, host: '127.0.0.1' });
    socket.write(REQUEST);
    let bytes = 0;
    for await (const part of socket) {
      bytes += Buffer.from(part).length;
      if (bytes > 20_000_000) break;
    }
    expect(server.bytesSent()).toBeGreaterThan(20_000_000);
    expect(server.requests()).toBe(1);
  });

  it('stops when nobody reads', async () => {
    const server = await start('endless-stream');
    const socket = connect({ port: server.port, host: '127.0.0.1' });
    socket.pause();
    socket.write(REQUEST);
    let before = -1;
    while (server.bytesSent() !== before || before === 0) {
      before = server.bytesSent();
      await new Promise((done) => setTimeout(done, 50));
    }
    expect(before).toBeLessThan(100_000_000);
    socket.destroy();
  });
});

describe('what is silent', () => {
  it.each([
    ['silence-before-headers', ''],
    ['silence-after-headers', 'chunked\r\n\r\n'],
    ['huge-chunk-announced', '40000000\r\ndata: '],
  ] as const)('%s keeps the connection and says no more', async (kind, last) => {
    const server = await start(kind);
    const socket = connect({ port: server.port, host: '127.0.0.1' });
    let read = '';
    socket.setEncoding('latin1').on('data', (text: string) => {
      read += text;
    });
    socket.write(REQUEST);
    while (server.requests() === 0 || !read.endsWith(last)) await new Promise((done) => setImmediate(done));
    expect(server.connections()).toBe(1);
    socket.destroy();
  });
});

describe('what is wrong in its bytes', () => {
  it.each([
    ['fin-mid-header', /^HTTP\/1\.1 200 OK\r\ncontent-ty$/, undefined],
    ['chunk-size-negative', /\r\n\r\n-1\r\ndata: /, '\n\n'],
    ['chunk-size-overflow', /\r\n\r\nf{21}\r\ndata: /, '\n\n'],
    ['chunk-size-garbage', /\r\n\r\nzz\r\ndata: /, '\n\n'],
    ['bad-utf8', /\xff\xfe\xc3\(/, '[DONE]'],
    ['deep-json', /data: \[{100000}\]{100000}\n\n/, '[DONE]'],
    ['no-json', /data: \{"choices":\[\{"index":0,\n\n/, '[DONE]'],
    ['error-event', /" b".*"error":\{.*\r\n0\r\n\r\n$/s, '0\r\n\r\n'],
    ['error-then-done', /"error":\{.*\n\ndata: \[DONE\]/s, '[DONE]'],
    ['html', /content-type: text\/html.*It works/s, 'works'],
    ['no-content', /^HTTP\/1\.1 204 /, '\r\n\r\n'],
    ['redirect', /^HTTP\/1\.1 302 .*location: \//s, '\r\n\r\n'],
    ['http-1.0', /^HTTP\/1\.0 200 .*\[DONE\]\n\n$/s, undefined],
    ['content-length-twice', /content-length: 5\r\ncontent-length: /, '[DONE]'],
    ['two-responses', /\[DONE\].*HTTP\/1\.1 200 .*\[DONE\]/s, '\r\n0\r\n\r\nHTTP'],
  ] as const)('%s', async (kind, pattern, until) => {
    expect(await ask(kind, until)).toMatch(pattern);
  });

  it('nul-bytes has them between events and in one', async () => {
    expect((await ask('nul-bytes', '[DONE]')).split('\0\0')).toHaveLength(3);
  });

  it('gzip is a whole answer, compressed', async () => {
    const bytes = Buffer.from(await ask('gzip', '\r\n\r\n'), 'latin1');
    const body = gunzipSync(bytes.subarray(bytes.indexOf('\r\n\r\n') + 4)).toString();
    expect(body.endsWith('data: [DONE]\n\n')).toBe(true);
  });

  it.each([
    ['content-length-short', -10, '[DONE]\n\n'],
    ['content-length-long', 10, undefined],
  ] as const)('%s is wrong by ten bytes', async (kind, by, until) => {
    const text = await ask(kind, until);
    const told = Number(/content-length: (\d+)/.exec(text)?.[1]);
    expect(told - (text.length - text.indexOf('\r\n\r\n') - 4)).toBe(by);
  });
});

it('closes a connection exactly as it is used again', async () => {
  const server = await start('closed-as-reused');
  const again = REQUEST.replace('connection: close\r\n', '');
  const socket = connect({ port: server.port, host: '127.0.0.1' });
  socket.write(again);
  let read = '';
  for await (const part of socket) {
    read += String(part);
    if (read.endsWith('\r\n0\r\n\r\n')) socket.write(again);
  }
  expect(read.split('[DONE]')).toHaveLength(2);
  expect(server.requests()).toBe(2);
});

it('resets after each byte of an answer', async () => {
  const whole = hostileAnswerBytes();
  expect(hostileAnswerBytes({ chat: true })).toBeGreaterThan(whole);
  for (const atByte of [0, 1, 17, 200, whole - 1, whole]) {
    const server = await start('reset-at-byte', { atByte });
    const socket = connect({ port: server.port, host: '127.0.0.1' });
    let bytes = 0;
    socket.on('data', (part: Buffer) => {
      bytes += part.length;
    });
    socket.write(REQUEST);
    const [error]: unknown[] = await once(socket, 'error').catch((caught: unknown) => [caught]);
    expect(error).toMatchObject({ code: 'ECONNRESET' });
    expect(bytes).toBe(atByte);
  }
});

it('says of each kind what it does and what a client should record', () => {
  for (const { what, failure } of Object.values(HOSTILE_KINDS)) {
    expect(what).toMatch(/^\S.{10,}/);
    expect(failure ?? 'none').toMatch(/^[a-z0-9-]+$/);
  }
});
