import { describe, expect, it } from 'vitest';
import { createResponseReader, MalformedResponse, type ResponseHead } from './response.js';

interface Seen {
  heads: ResponseHead[];
  body: string;
  ends: number;
}

function reader() {
  const seen: Seen = { heads: [], body: '', ends: 0 };
  const response = createResponseReader({
    onHead: (head) => seen.heads.push(head),
    onBody: (bytes, start, end) => (seen.body += bytes.toString('latin1', start, end)),
    onEnd: () => (seen.ends += 1),
  });
  return { response, seen };
}

function read(text: string, size = text.length): Seen {
  const { response, seen } = reader();
  const bytes = Buffer.from(text, 'latin1');
  for (let at = 0; at < bytes.length; at += size) {
    const end = Math.min(bytes.length, at + size);
    if (response.push(bytes, at, end) < end) break;
  }
  return seen;
}

const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/event-stream\r\n\r\n';

describe('an answer', () => {
  it.each([
    [
      'in chunks',
      `${CHUNKED}5\r\nhello\r\n1A;ext="x"\r\n${'a'.repeat(26)}\r\n0\r\ntrailer: 1\r\n\r\n`,
      `hello${'a'.repeat(26)}`,
    ],
    ['with line feeds alone', 'HTTP/1.1 200 OK\ntransfer-encoding: chunked\n\n3\nabc\n0\n\n', 'abc'],
    ['of known length', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello', 'hello'],
    [
      'after provisional ones',
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\na: b\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nx',
      'x',
    ],
    ['without a body', 'HTTP/1.1 204 No Content\r\n\r\n', ''],
  ])('%s is the same wherever it is cut', (_, text, body) => {
    for (let size = 1; size <= text.length; size += 1) {
      expect(read(text, size)).toMatchObject({ body, ends: 1, heads: [{ keepAlive: true }] });
    }
  });

  it('ends with the connection when it says no length, and only then', () => {
    const { response, seen } = reader();
    const bytes = Buffer.from('HTTP/1.1 200 OK\r\n\r\nhello');
    response.push(bytes, 0, bytes.length);
    expect(seen).toMatchObject({ body: 'hello', ends: 0, heads: [{ keepAlive: false }] });
    expect(response.end()).toBe(true);
    expect(seen.ends).toBe(1);
  });

  it('is cut when the connection ends before it', () => {
    const { response } = reader();
    const bytes = Buffer.from(`${CHUNKED}5\r\nhel`);
    response.push(bytes, 0, bytes.length);
    expect(response.end()).toBe(false);
  });

  it('says where it ended when more comes', () => {
    const { response } = reader();
    const bytes = Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nxHTTP/1.1 200 OK');
    expect(response.push(bytes, 0, bytes.length)).toBe(bytes.indexOf('xHTTP') + 1);
  });

  it.each([
    ['HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n', false],
    ['HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n', false],
    ['HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 0\r\n\r\n', true],
  ])('%j tells whether the connection may go on: %s', (text, keepAlive) => {
    expect(read(text).heads).toMatchObject([{ keepAlive }]);
  });

  it('may be followed by another on the same connection', () => {
    const { response, seen } = reader();
    const bytes = Buffer.from(`${CHUNKED}1\r\na\r\n0\r\n\r\n`);
    response.push(bytes, 0, bytes.length);
    response.reset();
    response.push(bytes, 0, bytes.length);
    expect(seen).toMatchObject({ body: 'aa', ends: 2 });
  });
});

describe('what is no answer', () => {
  it.each([
    ['SSH-2.0-OpenSSH\r\n\r\n', /no HTTP/],
    ['HTTP/2 200\r\n\r\n', /no HTTP/],
    ['HTTP/1.1 OK\r\n\r\n', /no HTTP/],
    ['HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n', /content-length/],
    ['HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n', /transfer-encoding/],
    [`${CHUNKED}zz\r\n`, /chunk size/],
    [`${CHUNKED}-5\r\nhello`, /chunk size/],
    [`${CHUNKED}fffffffffffffffff\r\n`, /chunk size/],
    [`${CHUNKED}2\r\nhello\r\n`, /longer than its size/],
    [`${CHUNKED}1;${'x'.repeat(10_000)}`, /line without end/],
    [`${CHUNKED}0\r\n${'a: b\r\n'.repeat(2_000)}`, /trailer without end/],
    [`HTTP/1.1 200 OK\r\na: ${'x'.repeat(70_000)}`, /head of more than/],
    [`HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(20_000)}`, /head of more than/],
    ['HTTP/1.1 100 Continue\r\n\r\n'.repeat(20), /unexpected HTTP 100/],
    ['HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nx', /that differ/],
    ['HTTP/1.1 101 Switching\r\n\r\n', /unexpected HTTP 101/],
  ])('%# is refused', (text, message) => {
    expect(() => read(text)).toThrow(MalformedResponse);
    expect(() => read(text)).toThrow(message);
    expect(() => read(text, 7)).toThrow(message);
  });
});
