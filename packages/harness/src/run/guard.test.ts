import { expect, it } from 'vitest';
import { createGuard, isEngineEnded } from './guard.js';

const never = new AbortController().signal;

it('ends every wait at once when it is interrupted, and every later one', async () => {
  const interrupt = new AbortController();
  const guard = createGuard(interrupt.signal, 60);
  const waiting = guard.wait(60_000);
  interrupt.abort();
  await expect(waiting).rejects.toMatchObject({ code: 'LLEM_E_INTERRUPTED' });
  await expect(guard.wait(60_000)).rejects.toMatchObject({ code: 'LLEM_E_INTERRUPTED' });
  await expect(guard.race(new Promise(() => undefined))).rejects.toMatchObject({
    code: 'LLEM_E_INTERRUPTED',
  });
  guard.close();
});

it('ends a run that was interrupted before it began', async () => {
  const guard = createGuard(AbortSignal.abort(), 60);
  await expect(guard.wait(1)).rejects.toMatchObject({ failureClass: 'interrupted' });
  guard.close();
});

it('ends a run that takes longer than its limit', async () => {
  const guard = createGuard(never, 0.02);
  await expect(guard.wait(60_000)).rejects.toMatchObject({ failureClass: 'run-timeout' });
  guard.close();
});

it('ends a run whose engine ends by itself, but not one whose engine was stopped', async () => {
  const guard = createGuard(never, 60);
  guard.watch(Promise.resolve({ code: 3, signal: null }));
  const error: unknown = await guard.wait(60_000).catch((reason: unknown) => reason);
  expect(isEngineEnded(error) && error.exit.code).toBe(3);
  guard.close();

  const stopped = createGuard(never, 60);
  stopped.watch(Promise.resolve({ code: 0, signal: null }));
  stopped.unwatch();
  await expect(stopped.wait(5)).resolves.toBeUndefined();
  stopped.close();
});

it('keeps the first cause', async () => {
  const guard = createGuard(never, 60);
  guard.end(new Error('first'));
  guard.end(new Error('second'));
  await expect(guard.wait(1)).rejects.toThrow('first');
  guard.close();
});
