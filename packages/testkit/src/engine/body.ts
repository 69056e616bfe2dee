/** How a streamed body stands in HTTP: chunks with extensions and trailers, a length, or until the connection closes. */
import { gzipSync } from 'node:zlib';
import type { EngineOptions } from './options.js';

export interface Framing {
  /** Header lines that tell it, but for a length. */
  readonly head: string;
  /** The bytes of the events of one write; each string is one. */
  readonly frame: (events: readonly string[]) => Framed;
  readonly end: Buffer;
}

export interface Framed {
  readonly bytes: Buffer;
  /** For each event, how many of the bytes one must have to have all of it. */
  readonly ends: () => number[];
}

const NOTHING = Buffer.alloc(0);

export function createFraming({ chunking, faults }: Pick<EngineOptions, 'chunking' | 'faults'>): Framing {
  const { framing, httpChunk, chunkExtension, trailers } = chunking;
  const gzip = faults.gzip === true;
  const encoding = gzip ? 'content-encoding: gzip\r\n' : '';
  // Each write is a gzip member of its own, which RFC 1952 allows.
  const coded = (body: Buffer) => (gzip ? gzipSync(body) : body);
  if (framing !== 'chunked') {
    const close = framing === 'close' ? 'connection: close\r\n' : '';
    return {
      head: `${encoding}${close}`,
      end: NOTHING,
      frame: (events) => layOut(events, Infinity, coded, identity),
    };
  }
  const chunk = (body: Buffer) => {
    const size = `${body.length.toString(16)}${chunkExtension ? ';ext="a;b"' : ''}\r\n`;
    return { before: Buffer.from(size), body, after: Buffer.from('\r\n') };
  };
  return {
    head: `${encoding}${trailers ? 'trailer: x-trailer\r\n' : ''}transfer-encoding: chunked\r\n`,
    end: Buffer.from(`0${chunkExtension ? ';last' : ''}\r\n${trailers ? 'x-trailer: yes\r\n' : ''}\r\n`),
    frame(events) {
      if (httpChunk !== 'event')
        return layOut(events, httpChunk === 'write' ? Infinity : httpChunk, coded, chunk);
      const single = events.map((event) => layOut([event], Infinity, coded, chunk));
      return {
        bytes: Buffer.concat(single.map(({ bytes }) => bytes)),
        ends: () => {
          let before = 0;
          return single.map(({ bytes, ends }) => {
            const end = before + (ends()[0] ?? 0);
            before += bytes.length;
            return end;
          });
        },
      };
    },
  };
}

interface Part {
  readonly before: Buffer;
  readonly body: Buffer;
  readonly after: Buffer;
}

const identity = (body: Buffer): Part => ({ before: NOTHING, body, after: NOTHING });

/** Events one after the other in parts of at most so many bytes. */
function layOut(
  events: readonly string[],
  partBytes: number,
  coded: (body: Buffer) => Buffer,
  part: (body: Buffer) => Part,
): Framed {
  if (events.length === 0) return { bytes: NOTHING, ends: () => [] };
  const plain = Buffer.from(events.join(''));
  const body = coded(plain);
  const parts: Part[] = [];
  for (let at = 0; at < body.length; at += partBytes) parts.push(part(body.subarray(at, at + partBytes)));
  return {
    bytes: Buffer.concat(parts.flatMap(({ before, body: bytes, after }) => [before, bytes, after])),
    ends() {
      let wanted = 0;
      return events.map((event) => {
        wanted += Buffer.byteLength(event);
        // Of a compressed write one has nothing before one has it all.
        return offsetOf(parts, body === plain ? wanted : body.length);
      });
    },
  };
}

/** How many framed bytes hold so many of the body. */
function offsetOf(parts: readonly Part[], wanted: number): number {
  let [framed, seen] = [0, 0];
  for (const { before, body, after } of parts) {
    if (seen + body.length >= wanted) return framed + before.length + wanted - seen;
    seen += body.length;
    framed += before.length + body.length + after.length;
  }
  return framed;
}
