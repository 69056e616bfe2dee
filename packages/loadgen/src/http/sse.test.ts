import { describe, expect, it } from 'vitest';
import { createSseReader, MAX_EVENT_BYTES } from './sse.js';

function read(chunks: readonly (string | Buffer)[]): string[] {
  const out: string[] = [];
  const reader = createSseReader((bytes, start, end) => out.push(bytes.toString('utf8', start, end)));
  for (const chunk of chunks) {
    const bytes = Buffer.from(chunk);
    reader.push(bytes, 0, bytes.length);
  }
  return out;
}

describe('reading server-sent events', () => {
  const stream =
    ': hello\n\ndata: {"a":"é€😀"}\n\nevent: x\r\ndata:{"b":2}\r\n\r\ndata: one\ndata: two\n\ndata: [DONE]\n\n';
  const events = ['{"a":"é€😀"}', '{"b":2}', 'one\ntwo', '[DONE]'];

  it('gives the same events wherever the bytes are cut', () => {
    const bytes = Buffer.from(stream);
    for (let size = 1; size <= bytes.length; size += 1) {
      const chunks: Buffer[] = [];
      for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
      expect(read(chunks)).toEqual(events);
    }
  });

  it('takes lines that end in CR alone, wherever they are cut', () => {
    const bytes = Buffer.from(stream.replaceAll('\r', '').replaceAll('\n', '\r'));
    for (let size = 1; size <= bytes.length; size += 1) {
      const chunks: Buffer[] = [];
      for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
      expect(read(chunks)).toEqual(events);
    }
  });

  it('gives nothing for an event whose end has not come', () => {
    expect(read(['data: {"a":1}\n'])).toEqual([]);
  });

  it('refuses an endless line instead of keeping it', () => {
    const reader = createSseReader(() => undefined);
    const chunk = Buffer.alloc(64 * 1024, 0x61);
    expect(() => {
      for (let i = 0; i <= MAX_EVENT_BYTES / chunk.length; i += 1) reader.push(chunk, 0, chunk.length);
    }).toThrow(RangeError);
  });

  it('refuses an event of endlessly many lines', () => {
    const reader = createSseReader(() => undefined);
    const chunk = Buffer.from(`data: ${'a'.repeat(64 * 1024)}\n`);
    expect(() => {
      for (let i = 0; i <= MAX_EVENT_BYTES / chunk.length; i += 1) reader.push(chunk, 0, chunk.length);
    }).toThrow(RangeError);
  });
});
