import type { Prompt } from '@llem/core';
import { describe, expect, it } from 'vitest';
import { beginningOf, converse } from './conversation.js';
import { loopOptions, recorder, type Recorder } from './loop.fixture.js';

const followUp = (content: string | number[]) => ({ content, inputTokens: null, outputTokens: 7 });

/** Holds a conversation to its end; gives what was told of it as a whole. */
async function hold(recording: Recorder, prompt: Prompt, chat = false, isStopped = () => false) {
  const told: string[] = [];
  const { client, observer, seed } = loopOptions(recording);
  let sent = 0;
  await converse({
    client,
    observer: { ...observer, onBegun: () => told.push('begun'), onOver: () => told.push('over') },
    prompt,
    number: 0,
    slot: 0,
    intendedNs: 0,
    roomNs: 0,
    seed,
    chat,
    nextIndex: () => sent++,
    isStopped,
  });
  return told;
}

describe('a conversation', () => {
  const story: Prompt = {
    content: 'Once',
    inputTokens: 1,
    outputTokens: 100,
    followUps: [followUp(' and then?'), followUp(' and then?')],
  };

  it('sends its turns one after the other, each with what was said before', async () => {
    const recording = recorder();
    expect(await hold(recording, story)).toEqual(['begun', 'over']);
    expect(recording.asked.map(({ content, turn }) => [content, turn])).toEqual([
      ['Once', 0],
      ['Onceanswer 0 and then?', 1],
      ['Onceanswer 0 and then?answer 1 and then?', 2],
    ]);
    expect(recording.mostInFlight()).toBe(1);
  });

  it('gives the answers of a chat back as messages', async () => {
    const recording = recorder();
    await hold(recording, { ...story, content: 'Hi', followUps: [followUp('More')] }, true);
    expect(recording.asked[1]?.content).toEqual([
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'answer 0' },
      { role: 'user', content: 'More' },
    ]);
  });

  it('takes whole prompts of token ids as they are', async () => {
    const recording = recorder();
    await hold(recording, { ...story, content: [1], followUps: [followUp([1, 2, 3])] });
    expect(recording.asked[1]).toMatchObject({ content: [1, 2, 3], keepAnswer: false, outputTokens: 7 });
  });

  it('is over after a turn that failed, and when nothing more is to be sent', async () => {
    const failing = recorder({ status: 'failed' });
    expect(await hold(failing, story)).toEqual(['begun', 'over']);
    expect(failing.asked).toHaveLength(1);
    const stopped = recorder();
    expect(await hold(stopped, story, false, () => true)).toEqual(['begun', 'over']);
    expect(stopped.asked).toHaveLength(1);
  });
});

describe('the beginning of a conversation', () => {
  const four: Prompt = {
    content: [1],
    inputTokens: 1,
    outputTokens: 10,
    followUps: [20, 30, 40].map((outputTokens) => ({ content: [1, 2], inputTokens: 2, outputTokens })),
  };
  const outputs = (share: number) => {
    const { outputTokens, followUps } = beginningOf(four, share);
    return [outputTokens, ...(followUps ?? []).map((turn) => turn.outputTokens)];
  };

  it('has its share of the output, later turns left out and the last one cut', () => {
    expect(outputs(1)).toEqual([10, 20, 30, 40]);
    expect(outputs(0.95)).toEqual([10, 20, 30, 35]);
    expect(outputs(0.3)).toEqual([10, 20]);
    expect(outputs(0.301)).toEqual([10, 20, 1]);
    expect(outputs(0.05)).toEqual([5]);
    expect(outputs(1e-9)).toEqual([1]);
  });

  it('is otherwise as it was', () => {
    expect(beginningOf(four, 0.95)).toMatchObject({
      content: [1],
      inputTokens: 1,
      followUps: [{ content: [1, 2] }, {}, {}],
    });
  });
});
