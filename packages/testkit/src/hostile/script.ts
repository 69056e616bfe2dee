/** What each kind of hostile server does with a request: bytes at once, bytes for ever, or an end. */
import { gzipSync } from 'node:zlib';
import type { HostileKind } from './kinds.js';

/** What comes after the bytes: nothing (the connection stays open), FIN, RST, or the same bytes again and again. */
export interface Script {
  readonly bytes: Buffer;
  readonly then: 'stay' | 'end' | 'reset' | { readonly repeat: Buffer; readonly times: number };
}

export interface ScriptFacts {
  /** From 0, on its connection. */
  readonly request: number;
  readonly atByte: number;
  readonly chat: boolean;
}

const MEGABYTE = 2 ** 20;
const GIGABYTE = 2 ** 30;
const STREAM = 'content-type: text/event-stream\r\n';
const CHUNKED = `HTTP/1.1 200 OK\r\n${STREAM}transfer-encoding: chunked\r\n\r\n`;
const DONE = 'data: [DONE]\n\n';

/** An answer of three tokens, in full. */
export function wholeAnswer(facts: Pick<ScriptFacts, 'chat'>): Buffer {
  return chunkedAnswer(wholeBody(facts));
}

export function scriptOf(kind: HostileKind, facts: ScriptFacts): Script {
  const text = (content: string) => event(facts, content);
  const stays = (...parts: readonly (string | Buffer)[]): Script => ({ bytes: join(parts), then: 'stay' });
  const ends = (...parts: readonly (string | Buffer)[]): Script => ({ bytes: join(parts), then: 'end' });
  const forEver = (begin: string, repeat: string | Buffer, times = Infinity): Script => ({
    bytes: Buffer.from(begin),
    then: { repeat: Buffer.from(repeat), times },
  });
  const body = wholeBody(facts);

  switch (kind) {
    case 'endless-header':
      return forEver('HTTP/1.1 200 OK\r\nx-long: ', 'a'.repeat(65_536));
    case 'many-headers':
      return forEver('HTTP/1.1 200 OK\r\n', 'x-header: a\r\n'.repeat(4_096));
    case 'fin-mid-header':
      return ends('HTTP/1.1 200 OK\r\ncontent-ty');
    case 'silence-before-headers':
      return stays();
    case 'silence-after-headers':
      return stays(CHUNKED);
    case 'endless-1xx':
      return forEver('', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(1_024));
    case 'huge-chunk-announced':
      return stays(CHUNKED, `${GIGABYTE.toString(16)}\r\ndata: `);
    case 'huge-chunk-sent':
      return forEver(`${CHUNKED}${GIGABYTE.toString(16)}\r\n`, 'data: '.padEnd(MEGABYTE, 'a'), 1_024);
    case 'chunk-size-negative':
      return stays(CHUNKED, '-1\r\n', text(' a'), '\r\n');
    case 'chunk-size-overflow':
      return stays(CHUNKED, `${'f'.repeat(21)}\r\n`, text(' a'), '\r\n');
    case 'chunk-size-garbage':
      return stays(CHUNKED, 'zz\r\n', text(' a'), '\r\n');
    case 'endless-chunk-size':
      return forEver(CHUNKED, '0'.repeat(65_536));
    case 'endless-event':
      return forEver(
        `${CHUNKED}${chunk('data: {"choices":[{"index":0,"text":"')}`,
        chunk('a'.repeat(65_536)),
      );
    case 'endless-stream':
      return forEver(CHUNKED, chunk(text(' a')).repeat(256));
    case 'endless-comments':
      return forEver(CHUNKED, chunk(': ping\n\n').repeat(256));
    case 'bad-utf8':
      return stays(chunkedAnswer(replaced(body, ' b', Buffer.from([0xff, 0xfe, 0xc3, 0x28]))));
    case 'nul-bytes':
      return stays(chunkedAnswer(join(['\0\0\n\n', replaced(body, ' b', Buffer.from([0, 0]))])));
    case 'deep-json':
      return stays(chunkedAnswer(`data: ${'['.repeat(100_000)}${']'.repeat(100_000)}\n\n${DONE}`));
    case 'no-json':
      return stays(chunkedAnswer(`${text(' a')}data: {"choices":[{"index":0,\n\n${DONE}`));
    case 'error-event':
      return stays(chunkedAnswer(`${text(' a')}${text(' b')}${ERROR}`));
    case 'error-then-done':
      return stays(chunkedAnswer(`${text(' a')}${text(' b')}${ERROR}${DONE}`));
    case 'gzip': {
      const zipped = gzipSync(body);
      const head = `HTTP/1.1 200 OK\r\n${STREAM}content-encoding: gzip\r\ncontent-length: ${zipped.length}\r\n\r\n`;
      return stays(head, zipped);
    }
    case 'html': {
      const page = '<!doctype html><title>Welcome</title><p>It works.</p>\n\n';
      return stays(
        `HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: ${page.length}\r\n\r\n${page}`,
      );
    }
    case 'no-content':
      return stays('HTTP/1.1 204 No Content\r\n\r\n');
    case 'redirect':
      return stays('HTTP/1.1 302 Found\r\nlocation: /v1/completions\r\ncontent-length: 0\r\n\r\n');
    case 'two-responses':
      return stays(wholeAnswer(facts), wholeAnswer(facts));
    case 'http-1.0':
      return ends(`HTTP/1.0 200 OK\r\n${STREAM}\r\n`, body);
    case 'closed-as-reused':
      return facts.request === 0 ? stays(wholeAnswer(facts)) : { bytes: Buffer.alloc(0), then: 'end' };
    case 'content-length-short':
      return stays(withLength(body.length - 10), body);
    case 'content-length-long':
      return ends(withLength(body.length + 10), body);
    case 'content-length-twice':
      return stays(
        `HTTP/1.1 200 OK\r\n${STREAM}content-length: 5\r\ncontent-length: ${body.length}\r\n\r\n`,
        body,
      );
    case 'reset-at-byte':
      return { bytes: wholeAnswer(facts).subarray(0, facts.atByte), then: 'reset' };
  }
}

const ERROR = 'data: {"error":{"code":500,"message":"simulated failure","type":"server_error"}}\n\n';

function event(
  { chat }: Pick<ScriptFacts, 'chat'>,
  content: string,
  finish_reason: string | null = null,
): string {
  const piece = chat ? { delta: { content } } : { text: content };
  return `data: ${JSON.stringify({ id: 'hostile', choices: [{ index: 0, ...piece, finish_reason }] })}\n\n`;
}

function wholeBody(facts: Pick<ScriptFacts, 'chat'>): Buffer {
  const usage = { prompt_tokens: 3, completion_tokens: 3, total_tokens: 6 };
  const last = `data: ${JSON.stringify({ id: 'hostile', choices: [], usage })}\n\n`;
  const tokens = [event(facts, ' a'), event(facts, ' b'), event(facts, ' c'), event(facts, '', 'length')];
  return Buffer.from(`${tokens.join('')}${last}${DONE}`);
}

function chunk(bytes: string): string {
  return `${bytes.length.toString(16)}\r\n${bytes}\r\n`;
}

function chunkedAnswer(body: string | Buffer): Buffer {
  const bytes = Buffer.from(body);
  return join([CHUNKED, `${bytes.length.toString(16)}\r\n`, bytes, '\r\n0\r\n\r\n']);
}

const withLength = (bytes: number) => `HTTP/1.1 200 OK\r\n${STREAM}content-length: ${bytes}\r\n\r\n`;

const join = (parts: readonly (string | Buffer)[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));

function replaced(bytes: Buffer, text: string, by: Buffer): Buffer {
  const at = bytes.indexOf(text);
  return Buffer.concat([bytes.subarray(0, at), by, bytes.subarray(at + text.length)]);
}
