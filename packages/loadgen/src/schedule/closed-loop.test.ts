import { expect, it } from 'vitest';
import { startClosedLoop } from './closed-loop.js';
import { loopOptions, prompts, recorder, turns, type Recorder } from './loop.fixture.js';

async function run(slots: number, seed: number, total: number, recording: Recorder): Promise<void> {
  let ended = 0;
  const options = loopOptions(recording, {
    seed,
    onEnded: () => {
      ended += 1;
      if (ended === total) loop.stop();
    },
  });
  const loop = startClosedLoop(slots, options);
  await loop.stopped;
}

it('keeps exactly as many requests in flight as it has slots', async () => {
  const recording = recorder();
  await run(7, 1, 100, recording);
  expect(recording.mostInFlight()).toBe(7);
  expect(recording.asked.length).toBeGreaterThanOrEqual(100);
  expect(new Set(recording.asked.map(({ index }) => index)).size).toBe(recording.asked.length);
  expect(new Set(recording.asked.map(({ content }) => content[0])).size).toBe(recording.asked.length);
});

it('draws the first length of every slot from 1 to the full length and asks for the full length afterwards', async () => {
  const recording = recorder();
  await run(64, 3, 640, recording);
  const first = recording.asked.slice(0, 64).map(({ outputTokens }) => outputTokens);
  expect(Math.min(...first)).toBeLessThan(20);
  expect(Math.max(...first)).toBeGreaterThan(80);
  expect(first.every((length) => length >= 1 && length <= 100)).toBe(true);
  expect(recording.asked.slice(64).every(({ outputTokens }) => outputTokens === 100)).toBe(true);
});

it('draws the same first lengths for the same seed', async () => {
  const [a, b, c] = [recorder(), recorder(), recorder()];
  await Promise.all([run(16, 5, 16, a), run(16, 5, 16, b), run(16, 6, 16, c)]);
  const lengths = (recording: Recorder) =>
    recording.asked.slice(0, 16).map(({ outputTokens }) => outputTokens);
  expect(lengths(a)).toEqual(lengths(b));
  expect(lengths(a)).not.toEqual(lengths(c));
});

it('gives several threads together what one would have: slots, first lengths and prompts', async () => {
  const alone = recorder({ held: true });
  const loops = [startClosedLoop(7, loopOptions(alone))];
  const shares = [0, 1, 2].map((part) => {
    const recording = recorder({ held: true });
    loops.push(startClosedLoop(7, loopOptions(recording, { part, parts: 3 })));
    return recording;
  });
  await turns();
  const together = shares.flatMap(({ asked }) => asked);
  const bySlot = (asked: Recorder['asked']) =>
    asked.map(({ slot, outputTokens }) => [slot, outputTokens]).sort(([a], [b]) => (a ?? 0) - (b ?? 0));
  expect(bySlot(together)).toEqual(bySlot(alone.asked));
  expect(new Set(together.map(({ content }) => content[0])).size).toBe(7);
  for (const loop of loops) loop.stop();
  for (const recording of [alone, ...shares]) recording.release();
  await Promise.all(loops.map(({ stopped }) => stopped));
});

it('pauses when nothing is in flight any more, and begins again out of step', async () => {
  const recording = recorder({ held: true });
  const loop = startClosedLoop(8, loopOptions(recording));
  await turns();
  let quiet = false;
  const pausing = loop.pause(0).then(() => (quiet = true));
  await turns();
  expect(quiet).toBe(false);
  recording.release();
  await pausing;
  await turns();
  expect(recording.asked).toHaveLength(8);
  loop.resume(-5);
  await turns();
  expect(recording.asked).toHaveLength(16);
  const second = recording.asked.slice(8);
  expect(second.every(({ intendedNs }) => intendedNs === -5)).toBe(true);
  expect(new Set(second.map(({ outputTokens }) => outputTokens)).size).toBeGreaterThan(4);
  loop.stop();
  recording.release();
  await loop.stopped;
});

it('pauses after a failure instead of hammering a broken engine, and stops at once all the same', async () => {
  const recording = recorder({ status: 'failed' });
  await run(4, 1, 4, recording);
  expect(recording.asked).toHaveLength(4);
});

it('says what a data set throws', async () => {
  const broken = function* () {
    yield* prompts(1);
    throw new RangeError('a broken line');
  };
  const loop = startClosedLoop(1, loopOptions(recorder(), { source: broken() }));
  await expect(loop.stopped).rejects.toThrow('a broken line');
});

it('sends the turns of a conversation one after the other, each with what was said before', async () => {
  const recording = recorder();
  const followUp = { content: ' and then?', inputTokens: null, outputTokens: 7 };
  const source = prompts(Infinity, { content: 'Once', followUps: [followUp, followUp] });
  const loop = startClosedLoop(
    1,
    loopOptions(recording, { source, onEnded: ({ turn }) => (turn === 2 ? loop.stop() : undefined) }),
  );
  await loop.stopped;
  expect(recording.asked.map(({ content, turn, conversation }) => [content, turn, conversation])).toEqual([
    ['Once', 0, 0],
    ['Onceanswer 0 and then?', 1, 0],
    ['Onceanswer 0 and then?answer 1 and then?', 2, 0],
  ]);
});

it('gives the answers of a chat back as messages', async () => {
  const recording = recorder();
  const source = prompts(Infinity, {
    content: 'Hi',
    followUps: [{ content: 'More', inputTokens: null, outputTokens: 7 }],
  });
  const loop = startClosedLoop(
    1,
    loopOptions(recording, {
      source,
      chat: true,
      onEnded: ({ turn }) => (turn === 1 ? loop.stop() : undefined),
    }),
  );
  await loop.stopped;
  expect(recording.asked[1]?.content).toEqual([
    { role: 'user', content: 'Hi' },
    { role: 'assistant', content: 'answer 0' },
    { role: 'user', content: 'More' },
  ]);
});

it('takes whole prompts of token ids as they are, and ends a conversation that failed', async () => {
  const followUps = [{ content: [1, 2, 3], inputTokens: 3, outputTokens: 7 }];
  const recording = recorder();
  const loop = startClosedLoop(
    1,
    loopOptions(recording, {
      source: prompts(Infinity, { followUps }),
      onEnded: ({ turn }) => (turn === 1 ? loop.stop() : undefined),
    }),
  );
  await loop.stopped;
  expect(recording.asked[1]).toMatchObject({ content: [1, 2, 3], keepAnswer: false, outputTokens: 7 });

  const failing = recorder({ status: 'failed' });
  const other = startClosedLoop(
    1,
    loopOptions(failing, { source: prompts(Infinity, { followUps }), onEnded: () => other.stop() }),
  );
  await other.stopped;
  expect(failing.asked).toHaveLength(1);
});
