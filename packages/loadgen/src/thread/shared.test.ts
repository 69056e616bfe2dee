import { expect, it } from 'vitest';
import { createLoadMemory, openThreadMemory } from './shared.js';

it('sets a mark at a token that arrived after it was asked for, not at one that only waited to be read', () => {
  const memory = createLoadMemory(1);
  const thread = openThreadMemory(memory.buffer, 0);
  const originNs = process.hrtime.bigint();
  memory.arm('close');
  expect(thread.onChunk(-1, originNs)).toBeNull();
  expect(memory.markNs('close')).toBeNull();
  expect(thread.onChunk(60e9, originNs)).toBe('close');
  expect(memory.markNs('close')).toBe(originNs + 60_000_000_000n);
  expect(thread.onChunk(61e9, originNs)).toBeNull();
});
