import { PassThrough, Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createLineQueue } from './queue.js';

/** A reader that takes nothing until it is told to. */
function slowReader() {
  const lines: string[] = [];
  let release: (() => void) | null = null;
  let open = false;
  const stream = new Writable({
    highWaterMark: 1,
    decodeStrings: false,
    write(chunk: string, _encoding, done) {
      lines.push(chunk.trimEnd());
      if (open) done();
      else release = done;
    },
  });
  return {
    stream,
    lines,
    read: () => {
      open = true;
      release?.();
    },
  };
}

describe('createLineQueue', () => {
  it('hands lines over in their order', async () => {
    const stream = new PassThrough();
    const queue = createLineQueue(stream, 10);
    queue.push('a', 'keep');
    queue.push('b', 'droppable');
    queue.push('c', 'keep');
    await queue.flush();
    expect(String(stream.read())).toBe('a\nb\nc\n');
    expect(queue.dropped).toBe(0);
  });

  it('loses the oldest progress to a reader that does not read, and never a kept line', async () => {
    const { stream, lines, read } = slowReader();
    const queue = createLineQueue(stream, 3);
    queue.push('first', 'keep');
    for (let i = 0; i < 1_000; i += 1) {
      queue.push(`progress ${i}`, 'droppable');
      if (i % 100 === 0) queue.push(`result ${i}`, 'keep');
    }
    expect(lines).toEqual(['first']);
    expect(queue.dropped).toBe(997);
    read();
    await queue.flush();
    const results = lines.filter((line) => line.startsWith('result'));
    expect(results).toEqual(Array.from({ length: 10 }, (_, i) => `result ${i * 100}`));
    expect(lines.filter((line) => line.startsWith('progress'))).toEqual([
      'progress 997',
      'progress 998',
      'progress 999',
    ]);
  });

  it('does not wait in flush for a reader that has gone', async () => {
    const { stream } = slowReader();
    stream.on('error', () => undefined);
    const queue = createLineQueue(stream, 3);
    for (let i = 0; i < 10; i += 1) queue.push(`result ${i}`, 'keep');
    const flushed = queue.flush();
    stream.destroy(Object.assign(new Error('gone'), { code: 'EPIPE' }));
    await flushed;
    queue.push('late', 'keep');
    await queue.flush();
  });
});
