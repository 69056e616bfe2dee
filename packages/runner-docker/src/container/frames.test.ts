/** The stream of a log, taken apart. */
import { expect, it } from 'vitest';
import { createFrames } from './frames.js';

const frame = (stream: number, text: string) => {
  const header = Buffer.from([stream, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
};

it('gives messages as they were sent, wherever chunks end', () => {
  const bytes = Buffer.concat([
    frame(1, 'out\n'),
    frame(2, ''),
    frame(2, 'errör\n'),
    frame(1, 'x'.repeat(300)),
  ]);
  for (const size of [1, 2, 7, 8, 9, 13, 64, 1_000]) {
    const frames = createFrames();
    const found = [];
    for (let at = 0; at < bytes.length; at += size) found.push(...frames.next(bytes.subarray(at, at + size)));
    expect(found.map(({ stream, bytes: text }) => [stream, text.toString()])).toEqual([
      ['stdout', 'out\n'],
      ['stderr', ''],
      ['stderr', 'errör\n'],
      ['stdout', 'x'.repeat(300)],
    ]);
  }
});
