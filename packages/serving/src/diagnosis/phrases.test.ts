import { expect, it } from 'vitest';
import { diagnoseLog, type Phrase } from './phrases.js';
import { SHARED_PHRASES } from './shared.js';

const exit = { code: 1, signal: null };
const phrases: readonly Phrase[] = [
  { pattern: /No available memory for the cache blocks/, class: 'kv-cache-memory', remedy: 'A.' },
  ...SHARED_PHRASES,
  { pattern: /Engine core initialization failed/, class: 'engine-error', remedy: 'B.' },
];

it('takes the most telling phrase of the whole log, wherever it is, and quotes its line', () => {
  const log =
    'INFO\n\u001b[31mValueError: No available memory for the cache blocks.\u001b[0m\nCUDA out of memory\nEngine core initialization failed. See root cause above.\n';
  expect(diagnoseLog(phrases, exit, log)).toEqual({
    class: 'kv-cache-memory',
    message: 'ValueError: No available memory for the cache blocks.',
    remedy: 'A.',
  });
});

it('takes no word inside another for a cause', () => {
  expect(diagnoseLog(phrases, exit, 'loading bloom, room for 8')).toBeNull();
});

it.each([
  ['killed', { code: null, signal: 'SIGKILL' }],
  ['killed', { code: 137, signal: null }],
  ['killed', { code: 143, signal: null }],
  ['missing-executable', { code: 127, signal: null }],
  ['bad-arguments', { code: 2, signal: null }],
  ['crashed', { code: 139, signal: null }],
  ['crashed', { code: null, signal: 'SIGABRT' }],
])('takes the exit for the cause where the log says nothing: %s', (failureClass, ended) => {
  expect(diagnoseLog(phrases, ended, 'INFO started\n')?.class).toBe(failureClass);
});

it('quotes no more of a line than can be read', () => {
  const log = `x\nCUDA out of memory${'y'.repeat(10_000)}`;
  expect(diagnoseLog(phrases, exit, log)?.message).toHaveLength(301);
});

it.each([
  '(EngineCore_DP0 pid=7) ERROR 11-26 21:00:00 [core.py:708] torch.OutOfMemoryError: CUDA out of memory.',
  '[2026-11-26 21:00:00 TP0] torch.OutOfMemoryError: CUDA out of memory.',
  '[11/26/2026-21:00:00] [TRT-LLM] [RANK 0] [E] torch.OutOfMemoryError: CUDA out of memory.',
])('leaves out who wrote a line and when: %s', (line) => {
  expect(diagnoseLog(phrases, exit, `first\n${line}\nlast`)?.message).toBe(
    'torch.OutOfMemoryError: CUDA out of memory.',
  );
});

it('quotes the error itself, not the line of code that raised it', () => {
  const log =
    '    raise LocalEntryNotFoundError(\nhuggingface_hub.errors.LocalEntryNotFoundError: Cannot find it\n';
  expect(diagnoseLog(phrases, exit, log)?.message).toBe(
    'huggingface_hub.errors.LocalEntryNotFoundError: Cannot find it',
  );
});
