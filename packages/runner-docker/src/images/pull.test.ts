/** A pull of which nothing is heard. The engine is one that says what the test says. */
import { setImmediate } from 'node:timers/promises';
import { PassThrough } from 'node:stream';
import Docker from 'dockerode';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { pullImage } from './pull.js';

const MINUTE_MS = 60_000;
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => vi.useRealTimers());

const askedSchema = z.object({ abortSignal: z.instanceof(AbortSignal) });

/** A pull that has begun; `say` is heard before it settles. */
function pulling() {
  const stream = new PassThrough();
  const docker = new Docker({ socketPath: '/nowhere' });
  let isGivenUp = () => false;
  vi.spyOn(docker, 'createImage').mockImplementation((...asked: unknown[]) => {
    const { abortSignal } = askedSchema.parse(asked[1]);
    isGivenUp = () => abortSignal.aborted;
    return Promise.resolve(stream);
  });
  const address = { url: 'unix:///nowhere', from: 'default', tls: null };
  const pull = pullImage(
    { docker, address },
    'x.example/a:1',
    null,
    new AbortController().signal,
    () => undefined,
  );
  const outcome = pull.then(
    () => 'here',
    (error: unknown) => error,
  );
  const say = async (event: object) => {
    stream.write(`${JSON.stringify(event)}\n`);
    for (let turn = 0; turn < 5; turn += 1) await setImmediate();
  };
  return { outcome, say, end: () => stream.end(), isGivenUp: () => isGivenUp() };
}

it('is given up after five minutes without a word, and the registry is named', async () => {
  const { outcome, say, isGivenUp } = pulling();
  await vi.advanceTimersByTimeAsync(4 * MINUTE_MS);
  await say({ id: 'a', status: 'Downloading', progressDetail: { current: 1, total: 9 } });
  await vi.advanceTimersByTimeAsync(4 * MINUTE_MS);
  expect(isGivenUp()).toBe(false);
  await vi.advanceTimersByTimeAsync(2 * MINUTE_MS);
  expect(isGivenUp()).toBe(true);
  const error = await outcome;
  expect(error).toMatchObject({ code: 'LLEM_E_START', failureClass: 'registry-unreachable' });
  expect(String(error)).toContain('x.example sends nothing any more');
});

it('may unpack without a word for as long as the disk takes', async () => {
  const { outcome, say, end, isGivenUp } = pulling();
  await say({ id: 'a', status: 'Downloading', progressDetail: { current: 1, total: 9 } });
  await say({ id: 'a', status: 'Download complete' });
  await vi.advanceTimersByTimeAsync(30 * MINUTE_MS);
  expect(isGivenUp()).toBe(false);
  await say({ status: 'Status: Downloaded newer image for x.example/a:1' });
  end();
  expect(await outcome).toBe('here');
});
