import { expect, it } from 'vitest';
import { textWithin } from './text-within.js';

it('is the text, also where a letter lies across two pieces, and none of an answer without a body', async () => {
  const [first = 0, second = 0] = new TextEncoder().encode('é');
  const pieces = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const byte of [first, second]) controller.enqueue(Uint8Array.of(byte));
      controller.close();
    },
  });
  expect(await textWithin(new Response(pieces), 2)).toBe('é');
  expect(await textWithin(new Response(null), 0)).toBe('');
});

it('reads no further than it may, and gives up the rest', async () => {
  let asked = 0;
  let cancelled = false;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      asked += 1;
      controller.enqueue(new Uint8Array(1_024));
    },
    cancel() {
      cancelled = true;
    },
  });
  expect(await textWithin(new Response(endless), 10_000)).toBeNull();
  expect(cancelled).toBe(true);
  expect(asked).toBeLessThan(100);
});
