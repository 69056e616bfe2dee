import { llemError, type LlemEvent } from '@llem/core';
import { concealmentOf } from '@llem/study';
import { expect, it } from 'vitest';
import { concealedEmit, concealedRequests, withConcealedErrors } from './concealed.js';

const concealment = concealmentOf(['TOKEN'], { TOKEN: 'a-long-secret' });

it('conceals what engines answered to requests that failed, in every part of their table, as often as it is read', () => {
  const part = [
    { name: 'status', type: 'string', values: ['failed', 'completed'] },
    { name: 'error_message', type: 'string', values: ['no a-long-secret here', null] },
  ] as const;
  const concealed = concealedRequests([part, part], concealment);
  const expected = [part[0], { ...part[1], values: ['no ${env:TOKEN} here', null] }];
  expect([...concealed]).toEqual([expected, expected]);
  expect([...concealed]).toEqual([expected, expected]);
});

it('conceals the texts of events', () => {
  const seen: LlemEvent[] = [];
  const emit = concealedEmit((event) => seen.push(event), concealment);
  const text = 'a-long-secret!';
  emit({ type: 'notice', level: 'info', message: text });
  emit({ type: 'engine-log', runId: 'r', line: text });
  emit({ type: 'preflight', findings: [{ id: 'i', status: 'failed', message: text, remedy: text }] });
  expect(JSON.stringify(seen)).not.toContain('a-long-secret');
  expect(JSON.stringify(seen).split('${env:TOKEN}!')).toHaveLength(5);
});

it('conceals the message, the remedy, the stack and the causes of an error', async () => {
  const cause = new Error('caused by a-long-secret');
  const error = llemError('LLEM_E_START', 'not a-long-secret', { remedy: 'change a-long-secret', cause });
  const thrown: unknown = await withConcealedErrors(concealment, () => Promise.reject(error)).catch(
    (reason: unknown) => reason,
  );
  expect(thrown).toBe(error);
  const texts = [error.message, error.remedy, error.stack, cause.message, cause.stack].join('\n');
  expect(texts).not.toContain('a-long-secret');
  expect(error.remedy).toBe('change ${env:TOKEN}');
});
