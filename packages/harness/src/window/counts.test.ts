import { packChunks, type RequestTrace } from '@llem/loadgen';
import { expect, it } from 'vitest';
import { compareCounts } from './counts.js';

interface Answer {
  readonly events: number;
  readonly usage: number | null;
  readonly asked?: number;
}
const request = ({ events, usage, asked = 4 }: Answer): RequestTrace => ({
  index: 0,
  slot: 0,
  conversation: 0,
  turn: 0,
  intendedNs: 0,
  roomNs: 0,
  sentNs: 0,
  endedNs: 9,
  status: 'completed',
  errorClass: null,
  errorMessage: null,
  inputTokensSent: 1,
  outputTokensAsked: asked,
  inputTokens: 1,
  inputTokensCached: 0,
  outputTokens: usage,
  finishReason: 'length',
  chunks: packChunks(new Float64Array(events)),
});
const compare = (answers: readonly Answer[], eventPerToken: boolean, fixedLength = true) =>
  compareCounts(answers.map(request), eventPerToken, fixedLength);
const fine = { wrongLength: 0, wrongUsage: 0, wrongEvents: 0, uncounted: 0 };

it('holds events against usage where each token has its own, else only a usage below the events', () => {
  expect(compare([{ events: 4, usage: 4 }], true)).toEqual({ ...fine, source: 'server', mismatch: 0 });
  expect(compare([{ events: 2, usage: 4 }], false)).toEqual({ ...fine, source: 'server', mismatch: null });
  expect(compare([{ events: 4, usage: 2, asked: 2 }], false).mismatch).toBeCloseTo(1);
});

it('says how many answers nobody has counted the tokens of: events may bear several', () => {
  const answers = [
    { events: 2, usage: null },
    { events: 2, usage: 4 },
    { events: 4, usage: null },
  ];
  expect(compare(answers, false)).toEqual({ ...fine, source: 'server', mismatch: null, uncounted: 2 });
  expect(compare(answers.slice(0, 1), false)).toMatchObject({ source: 'client', uncounted: 1 });
  expect(compare(answers.slice(2), true)).toEqual({ ...fine, source: 'client', mismatch: null });
});

it('calls an answer too short or too long only when no count of it is the one asked for', () => {
  const wrong = (answer: Answer, eventPerToken: boolean) => compare([answer], eventPerToken).wrongLength;
  expect(wrong({ events: 3, usage: 3 }, true)).toBe(1);
  expect(wrong({ events: 3, usage: null }, true)).toBe(1);
  expect(wrong({ events: 2, usage: 3 }, false)).toBe(1);
  expect(wrong({ events: 5, usage: null }, false)).toBe(1);
  expect(wrong({ events: 4, usage: 5 }, true)).toBe(0);
  expect(wrong({ events: 3, usage: 4 }, true)).toBe(0);
  expect(wrong({ events: 2, usage: null }, false)).toBe(0);
  expect(compare([{ events: 3, usage: 3 }], true, false).wrongLength).toBe(0);
});

it('tells from the length asked for which of usage and events is wrong', () => {
  expect(compare([{ events: 4, usage: 5 }], true)).toEqual({
    ...fine,
    source: 'server',
    mismatch: -0.2,
    wrongUsage: 1,
  });
  expect(compare([{ events: 3, usage: 4 }], true)).toMatchObject({ wrongUsage: 0, wrongEvents: 1 });
  expect(compare([{ events: 3, usage: 5 }], true)).toMatchObject({
    wrongLength: 1,
    wrongUsage: 0,
    wrongEvents: 0,
  });
  // Where the model ends its answers nobody knows, unless there were more events than tokens can have had.
  expect(compare([{ events: 4, usage: 5 }], true, false)).toMatchObject({ wrongUsage: 0, wrongEvents: 0 });
  expect(compare([{ events: 4, usage: 3 }], false, false)).toMatchObject({ wrongUsage: 1, wrongEvents: 0 });
});
