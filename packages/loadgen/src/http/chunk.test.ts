import { simulatedDialect } from '@llem/testkit';
import { expect, it } from 'vitest';
import { createChunkReader, EMPTY_TEXT, NO_TEXT, SOME_TEXT } from './chunk.js';

const { stream } = simulatedDialect;

function read(text: string | Buffer) {
  const bytes = Buffer.from(text);
  const reader = createChunkReader(stream);
  return { ...reader.read(bytes, 0, bytes.length), said: reader.text() };
}

it('tells text, end, error and counts', () => {
  expect(read('{"choices":[{"text":" a","finish_reason":null}]}')).toEqual({
    text: SOME_TEXT,
    said: ' a',
    finishReason: null,
    error: null,
    inputTokens: -1,
    cachedTokens: -1,
    outputTokens: -1,
  });
  expect(
    read(
      '{"choices":[],"usage":{"prompt_tokens":12,"completion_tokens":7,"prompt_tokens_details":{"cached_tokens":3}}}',
    ),
  ).toMatchObject({ text: NO_TEXT, inputTokens: 12, outputTokens: 7, cachedTokens: 3 });
  expect(read('{"choices":[{"text":"","finish_reason":"length"}]}')).toMatchObject({
    text: EMPTY_TEXT,
    finishReason: 'length',
  });
});

it.each([
  ['{"error":"full"}', 'full'],
  ['{"error":{"message":"out of slots","code":500}}', 'out of slots'],
  ['{"error":{"code":500}}', '{"code":500}'],
])('tells the error of %s', (text, error) => {
  expect(read(text).error).toBe(error);
});

it('takes nothing that is null, or no count, for one', () => {
  expect(read('{"error":null,"usage":{"completion_tokens":null,"prompt_tokens":1.5}}')).toMatchObject({
    error: null,
    outputTokens: -1,
    inputTokens: -1,
  });
  expect(read('{"usage":{"completion_tokens":-3,"prompt_tokens":99999999999999999999}}')).toMatchObject({
    outputTokens: -1,
    inputTokens: -1,
  });
});

it('reads what is written with escapes', () => {
  expect(read('{"ch\\u006fices":[{"te\\u0078t":"\\u00e9\\n"}]}')).toMatchObject({
    text: SOME_TEXT,
    said: 'é\n',
  });
});

it('counts text at each of several places', () => {
  const reader = createChunkReader({
    ...stream,
    text: [
      ['choices', 0, 'delta', 'content'],
      ['choices', 0, 'delta', 'reasoning_content'],
    ],
  });
  const bytes = Buffer.from('{"choices":[{"delta":{"content":null,"reasoning_content":"hm"}}]}');
  expect(reader.read(bytes, 0, bytes.length).text).toBe(SOME_TEXT);
  expect(reader.text()).toBe('hm');
  const twice = Buffer.from('{"choices":[{"delta":{"content":"hm","reasoning_content":"hm"}}]}');
  expect(reader.read(twice, 0, twice.length).text).toBe(SOME_TEXT);
  expect(reader.text()).toBe('hm');
});

it.each(['{"choices"', 'hello', '{"a":1}}', ''])('refuses %j, which is no JSON', (text) => {
  expect(() => read(text)).toThrow(SyntaxError);
});

it('refuses nesting without end', () => {
  expect(() => read(`{"choices":${'['.repeat(200_000)}`)).toThrow(SyntaxError);
});

it('takes text that is no UTF-8 for text: a token is a token', () => {
  const bytes = Buffer.from([...Buffer.from('{"choices":[{"text":"'), 0xff, 0xfe, ...Buffer.from('"}]}')]);
  expect(read(bytes)).toMatchObject({ text: SOME_TEXT, said: '\ufffd\ufffd' });
});
