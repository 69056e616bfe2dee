import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { limited } from './limited.js';

const never = new AbortController().signal;

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc()');
}

it('ends a wait when the time is over, whatever the memory is tidied of meanwhile', async () => {
  const ended = once(limited(never, 100), 'abort').then(() => 'ended');
  await pause(10);
  collectGarbage();
  expect(await Promise.race([ended, pause(2_000, 'goes on')])).toBe('ended');
});

it('says that it was the time, or what the other signal says', async () => {
  const signal = limited(never, 1);
  await once(signal, 'abort');
  expect(signal.reason).toMatchObject({ name: 'TimeoutError' });
  const reason = new Error('interrupted');
  expect(limited(AbortSignal.abort(reason), 1_000).reason).toBe(reason);
});
