import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import type { FromPrompts, ToPrompts } from '../thread/messages.js';
import { createPromptQueue, PROMPTS_AHEAD } from './prompts.js';

/** A port whose other side is the test. */
function port() {
  const emitter = new EventEmitter();
  const asked: number[] = [];
  return {
    asked,
    end: {
      on: (event: 'message', listener: (message: FromPrompts) => void) => emitter.on(event, listener),
      postMessage: ({ count }: ToPrompts) => asked.push(count),
    },
    give: (message: FromPrompts) => emitter.emit('message', message),
  };
}

const prompt = (number: number): FromPrompts => ({
  type: 'prompt',
  number,
  prompt: { content: [number], inputTokens: 1, outputTokens: 1 },
});

it('asks ahead, and again by halves, never for more than it keeps', async () => {
  const { asked, end, give } = port();
  const queue = createPromptQueue(end);
  expect(asked).toEqual([PROMPTS_AHEAD]);
  for (let number = 0; number < PROMPTS_AHEAD; number += 1) give(prompt(number));
  await queue.filled;
  for (let number = 0; number < PROMPTS_AHEAD; number += 1) expect((await queue.next())?.number).toBe(number);
  expect(asked).toEqual([PROMPTS_AHEAD, PROMPTS_AHEAD / 2, PROMPTS_AHEAD / 2]);
});

it('gives those who wait what comes, in their order', async () => {
  const { end, give } = port();
  const queue = createPromptQueue(end);
  const waiting = [queue.next(), queue.next()];
  give(prompt(0));
  give(prompt(1));
  expect(await Promise.all(waiting)).toMatchObject([{ number: 0 }, { number: 1 }]);
});

it('gives what is left, and then says that the data set has run out', async () => {
  const { end, give } = port();
  const queue = createPromptQueue(end);
  give(prompt(0));
  give({ type: 'ended', prompts: 1 });
  await queue.filled;
  expect((await queue.next())?.number).toBe(0);
  await expect(queue.next()).rejects.toMatchObject({
    code: 'LLEM_E_LOAD',
    failureClass: 'dataset-exhausted',
    message: 'The data set ran out after one prompt.',
  });
});

it('tells those who wait what went wrong', async () => {
  const { end, give } = port();
  const queue = createPromptQueue(end);
  const waiting = queue.next();
  give({ type: 'failed', reason: { message: 'a broken line', remedy: 'Mend it.', failureClass: 'x' } });
  await expect(waiting).rejects.toMatchObject({ message: 'a broken line', remedy: 'Mend it.' });
});

it('gives those who wait nothing once it is closed, and nobody after them', async () => {
  const { end, give } = port();
  const queue = createPromptQueue(end);
  const waiting = [queue.next(), queue.next()];
  queue.close();
  give(prompt(0));
  expect(await Promise.all([...waiting, queue.next()])).toEqual([null, null, null]);
});
