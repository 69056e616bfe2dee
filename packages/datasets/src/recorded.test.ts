/** Data sets of local files: what they give, what they leave out, and what they refuse. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isLlemError } from '@llem/core';
import { afterAll, describe, expect, test } from 'vitest';
import * as jsonl from './jsonl.js';
import { never, requestFor, take, unheard, type Asked } from './request.fixture.js';
import { lengthsOf } from './recorded.js';
import * as sharegpt from './sharegpt.js';
import { writeTokenizer } from './tokenizer.fixture.js';
import * as trace from './trace.js';

const folders: string[] = [];
function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'llem-dataset-'));
  folders.push(made);
  return made;
}
afterAll(() => {
  for (const made of folders) rmSync(made, { recursive: true });
});
const cacheDir = folder();

function fileOf(content: string): string {
  const path = join(folder(), 'data.json');
  writeFileSync(path, content);
  return path;
}
const linesOf = (...values: readonly unknown[]) =>
  fileOf(values.map((value) => `${typeof value === 'string' ? value : JSON.stringify(value)}\n`).join(''));

interface Plugin {
  readonly create: typeof jsonl.create;
}

async function read(
  { create }: Plugin,
  path: string,
  asked: Asked = {},
  settings: object = {},
  most = 1_000,
) {
  const dataset = create({ cacheDir }, { path, ...settings });
  const request = requestFor(asked);
  const facts = await dataset.prepare(request, never, unheard);
  return { facts, taken: await take(dataset.open(request), most) };
}

async function refused(
  plugin: Plugin,
  path: string,
  asked: Asked = {},
  settings: object = {},
): Promise<string> {
  const error: unknown = await read(plugin, path, asked, settings).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'LLEM_E_PREPARE' });
  return error instanceof Error ? error.message : '';
}

const chat = { workload: { api: 'chat' } } as const;
const say = (role: string, content: string) => ({ role, content });

describe('jsonl', () => {
  test('gives text and token ids, in a seeded order, with the hash of the file', async () => {
    const content =
      '{"prompt":"one"}\n\n  \n{"prompt":[1,2,3],"output_tokens":5}\r\n{"prompt":"three","max_tokens":7}';
    const { facts, taken } = await read(jsonl, fileOf(content));
    expect(facts).toEqual({
      revision: null,
      hash: createHash('sha256').update(content).digest('hex'),
      prompts: 3,
      sharedPrefix: false,
      repeats: false,
      records: { read: 3, used: 3, shortened: 0, leftOut: {}, measured: false },
    });
    expect(taken).toHaveLength(3);
    expect(taken).toEqual(
      expect.arrayContaining([
        { content: 'one', inputTokens: null, outputTokens: 128 },
        { content: [1, 2, 3], inputTokens: 3, outputTokens: 5 },
        { content: 'three', inputTokens: null, outputTokens: 7 },
      ]),
    );
  });

  test('gives the same order for the same seed and another for another', async () => {
    const path = linesOf(...Array.from({ length: 40 }, (_, index) => ({ prompt: `prompt ${index}` })));
    const order = async (seed: number) =>
      (await read(jsonl, path, { seed })).taken.map(({ content }) => content);
    expect(await order(1)).toEqual(await order(1));
    expect(await order(1)).not.toEqual(await order(2));
    expect(new Set(await order(2)).size).toBe(40);
  });

  test('comes again in another order only where that is allowed', async () => {
    const path = linesOf(...Array.from({ length: 20 }, (_, index) => ({ prompt: `prompt ${index}` })));
    expect((await read(jsonl, path)).taken).toHaveLength(20);
    const { facts, taken } = await read(jsonl, path, {}, { allow_repeat: true }, 40);
    expect(facts).toMatchObject({ prompts: null, repeats: true });
    expect(new Set(taken.slice(20).map(({ content }) => content)).size).toBe(20);
    expect(taken.slice(20)).not.toEqual(taken.slice(0, 20));
  });

  test('leaves out what the workload has no room for, by the tokenizer or by the ids', async () => {
    const tokenizerPath = writeTokenizer();
    const path = linesOf(
      { prompt: 'the of and to in' },
      { prompt: 'the' },
      { prompt: [1, 2] },
      { prompt: [1, 2, 3, 4, 5, 6, 7] },
      { prompt: 'the', max_tokens: 129 },
    );
    const { facts, taken } = await read(jsonl, path, {
      workload: { input_tokens: 6 },
      model: { tokenizerPath },
    });
    expect(facts.prompts).toBe(2);
    expect(facts.records).toEqual({
      read: 5,
      used: 2,
      shortened: 0,
      leftOut: { 'prompt-too-long': 2, 'answer-too-long': 1 },
      measured: true,
    });
    expect(taken.map(({ content, inputTokens }) => [content, inputTokens])).toEqual(
      expect.arrayContaining([
        ['the', 3],
        [[1, 2], 2],
      ]),
    );
  });

  test('measures a file once, whatever room a workload has', async () => {
    const tokenizerPath = writeTokenizer();
    const path = linesOf({ prompt: ' the of and\tto\n' }, { prompt: ' the' });
    const fitting = async (input_tokens: number) => {
      const asked = { workload: { input_tokens }, model: { tokenizerPath } };
      return (await read(jsonl, path, asked)).taken.map(({ content }) => content);
    };
    expect(await fitting(1)).toEqual([' the']);
    const files = readdirSync(join(cacheDir, 'datasets')).length;
    expect(await fitting(100)).toEqual(expect.arrayContaining([' the', ' the of and\tto\n']));
    expect(readdirSync(join(cacheDir, 'datasets'))).toHaveLength(files);
  });

  test('says how far it is, up to the end of the file', async () => {
    const shares: number[] = [];
    const path = linesOf(...Array.from({ length: 40 }, () => ({ prompt: 'x'.repeat(20_000) })));
    const dataset = jsonl.create({ cacheDir }, { path });
    await dataset.prepare(requestFor(), never, (share) => shares.push(share));
    expect(shares.length).toBeGreaterThan(2);
    expect(shares).toEqual([...shares].sort((one, other) => one - other));
    expect(shares.at(-1)).toBe(1);
  });

  test('is refused when nothing fits, and says what to raise', async () => {
    const path = linesOf({ prompt: [1, 2, 3] });
    expect(await refused(jsonl, path, { workload: { input_tokens: 2 } })).toContain('longer than 2 tokens');
  });

  test('splits messages at the turns of the user, as many as asked for', async () => {
    const messages = [
      say('system', 's'),
      say('user', 'a'),
      say('assistant', 'x'),
      say('user', 'b'),
      say('assistant', 'y'),
      { role: 'user', content: [{ type: 'text', text: 'c' }] },
    ];
    const { taken } = await read(jsonl, linesOf({ messages, max_tokens: 9 }), {
      workload: { api: 'chat', turns: 2 },
    });
    expect(taken).toEqual([
      {
        content: [say('system', 's'), say('user', 'a')],
        inputTokens: null,
        outputTokens: 9,
        followUps: [{ content: [say('user', 'b')], inputTokens: null, outputTokens: 9 }],
      },
    ]);
  });

  test.each([
    ['no JSON', ['{"prompt":"a"}', '{"prompt":'], 'line 2'],
    ['neither prompt nor messages', ['{}'], 'line 1'],
    ['both', [{ prompt: 'a', messages: [say('user', 'b')] }], 'line 1'],
    ['an empty prompt', [{ prompt: [] }], 'line 1'],
    ['ids that are none', [{ prompt: [1.5] }], 'line 1'],
    ['an answer of no tokens', ['', { prompt: 'a', max_tokens: 0 }], 'line 2'],
    ['messages without a question', [{ messages: [say('system', 'a')] }], 'line 1'],
    ['nothing at all', [''], 'no prompts'],
  ])('refuses %s, and names the line', async (_, lines, message) => {
    expect(await refused(jsonl, linesOf(...lines), {})).toContain(message);
  });

  test('says on one line what is no JSON', async () => {
    expect(await refused(jsonl, linesOf('no json'))).not.toContain('\n');
  });

  test('refuses a line without an end before it fills the memory', async () => {
    expect(
      await refused(jsonl, fileOf(`{"prompt":"a"}\n{"prompt":"${'x'.repeat(17 * 1024 * 1024)}`)),
    ).toContain('line 2');
  });

  test('refuses what the workload asks for and the file cannot give', async () => {
    const text = linesOf({ prompt: 'a' });
    expect(await refused(jsonl, linesOf({ messages: [say('user', 'a')] }))).toContain('messages');
    expect(await refused(jsonl, linesOf({ prompt: [1] }), chat)).toContain('token ids');
    expect(await refused(jsonl, text, { workload: { shared_prefix_tokens: 4 } })).toContain(
      'common beginning',
    );
    expect(await refused(jsonl, text, { workload: { arrival: { process: 'trace' } } })).toContain('no times');
    expect(await refused(jsonl, '/nowhere/prompts.jsonl')).toContain('/nowhere/prompts.jsonl');
  });

  test('is read anew when the file has changed, and not otherwise', async () => {
    const path = linesOf({ prompt: 'before' });
    await read(jsonl, path);
    const files = readdirSync(join(cacheDir, 'datasets')).length;
    await read(jsonl, path);
    expect(readdirSync(join(cacheDir, 'datasets'))).toHaveLength(files);
    writeFileSync(path, '{"prompt":"behind"}\n');
    utimesSync(path, 1, 1);
    expect((await read(jsonl, path)).taken[0]?.content).toBe('behind');
  });

  test('tells a load thread when the file has changed since the start', async () => {
    const path = linesOf({ prompt: 'before' });
    const dataset = jsonl.create({ cacheDir }, { path });
    await dataset.prepare(requestFor(), never, unheard);
    writeFileSync(path, '{"prompt":"afterwards"}\n');
    await expect(take(dataset.open(requestFor()))).rejects.toMatchObject({ code: 'LLEM_E_LOAD' });
  });

  test('can be prepared by several at once', async () => {
    const path = linesOf(...Array.from({ length: 200 }, (_, index) => ({ prompt: `prompt ${index}` })));
    const all = await Promise.all(Array.from({ length: 4 }, () => read(jsonl, path)));
    expect(all.map(({ taken }) => taken)).toEqual(all.map(() => all[0]?.taken));
  });

  test('stops when interrupted and leaves nothing half made', async () => {
    const cache = folder();
    const dataset = jsonl.create({ cacheDir: cache }, { path: linesOf({ prompt: 'a' }) });
    await expect(dataset.prepare(requestFor(), AbortSignal.abort(), unheard)).rejects.toMatchObject({
      code: 'LLEM_E_INTERRUPTED',
    });
    expect(readdirSync(join(cache, 'datasets'))).toEqual([]);
  });
});

test('an answer of which a tokenizer leaves nothing is asked for as one token', () => {
  const turns = [{ content: 'the of', outputTokens: null, answer: '\u200b' }];
  const { workload } = requestFor();
  expect(lengthsOf(turns, workload, [2, 0])).toEqual([{ inputTokens: 2, outputTokens: 1 }]);
  expect(lengthsOf(turns, workload, null)).toEqual([{ inputTokens: null, outputTokens: null }]);
});

describe('sharegpt', () => {
  const human = (value: string) => ({ from: 'human', value });
  const gpt = (value: string) => ({ from: 'gpt', value });

  test('gives first questions with answers as long as they were', async () => {
    const path = fileOf(
      JSON.stringify([{ id: 'a', conversations: [human('the of'), gpt('and to in energy')] }]),
    );
    const { taken } = await read(sharegpt, path, { model: { tokenizerPath: writeTokenizer() } });
    // Without its space the first word is of single letters: t h e, a n d.
    expect(taken).toEqual([{ content: 'the of', inputTokens: 4, outputTokens: 6 }]);
    expect((await read(sharegpt, path)).taken).toEqual([
      { content: 'the of', inputTokens: null, outputTokens: 128 },
    ]);
  });

  test('ends a conversation before what does not fit, and counts those that are left', async () => {
    const long = human(' the of and to in energy');
    const entries = [
      [human(' the'), gpt(' of'), human(' and'), gpt(' to'), long, gpt(' in')],
      [human(' the'), gpt(' of'), human(' and'), gpt(' to in energy power model')],
      [long, gpt(' of'), human(' and')],
      [gpt(' of')],
      [human(' the'), gpt(' of')],
    ].map((conversations) => ({ conversations }));
    const { facts, taken } = await read(sharegpt, fileOf(JSON.stringify(entries)), {
      workload: { api: 'chat', turns: 3, input_tokens: 4, output_tokens: 4 },
      model: { tokenizerPath: writeTokenizer() },
    });
    expect(facts.records).toEqual({
      read: 5,
      used: 3,
      shortened: 2,
      leftOut: { 'prompt-too-long': 1, empty: 1 },
      measured: true,
    });
    expect(taken.map(({ followUps = [] }) => 1 + followUps.length).sort()).toEqual([1, 1, 2]);
  });

  test('gives conversations to a chat, at most as many turns as asked for', async () => {
    const conversations = [
      { from: 'system', value: 's' },
      human('a'),
      gpt('b'),
      human('c {"'),
      gpt('d'),
      human('e'),
    ];
    const { taken } = await read(sharegpt, fileOf(JSON.stringify([{ conversations }])), {
      workload: { api: 'chat', turns: 2 },
    });
    expect(taken[0]?.content).toEqual([say('system', 's'), say('user', 'a')]);
    expect(taken[0]?.followUps?.map(({ content }) => content)).toEqual([[say('user', 'c {"')]]);
  });

  test('knows the variants that go round, and leaves out what begins with nothing to ask', async () => {
    const entries = [
      { conversation: [human('one'), gpt('x')] },
      { messages: [say('user', 'two'), say('assistant', 'x')] },
      { items: [gpt('before'), human('three'), gpt('x')] },
      { conversations: [] },
      { conversations: [gpt('alone')] },
      { conversations: [human('  ')] },
    ];
    for (const text of [
      JSON.stringify(entries, null, 2),
      entries.map((entry) => JSON.stringify(entry)).join('\n'),
    ]) {
      const { facts, taken } = await read(sharegpt, fileOf(text));
      expect(facts.prompts).toBe(3);
      expect(taken.map(({ content }) => content)).toEqual(expect.arrayContaining(['one', 'two', 'three']));
    }
  });

  test.each([
    ['another kind of object', '[{"conversations":[]},{"text":"a"}]', 'entry 2'],
    ['a file cut off', '[{"conversations":[]},{"conversations":[{"from":"hum', 'entry 2'],
    ['a file cut off between entries', '[{"conversations":[]},\n', 'middle of its array'],
    ['messages that are none', '[{"conversations":[1]}]', 'entry 1'],
    ['an empty array', '[]', 'no prompts'],
    ['numbers', '[1, 2]', 'entry 1'],
  ])('refuses %s, and names the entry', async (_, content, message) => {
    expect(await refused(sharegpt, fileOf(content))).toContain(message);
  });

  test('refuses conversations of completions', async () => {
    expect(await refused(sharegpt, fileOf('[]'), { workload: { turns: 2 } })).toContain('chat');
  });
});

describe('trace', () => {
  const model = { promptTokenIds: { first: 10, last: 9_999 } };
  const line = (timestamp: number, input_length: number, output_length: number, hash_ids: number[]) => ({
    timestamp,
    input_length,
    output_length,
    hash_ids,
  });
  const asked = {
    workload: { arrival: { process: 'trace' }, input_tokens: 2_000, output_tokens: 100 },
    model,
  } as const;
  const small = { block_tokens: 4 };

  test('gives lengths, times from the first request on, and the same tokens for the same block', async () => {
    const path = linesOf(
      line(1_000, 10, 5, [1, 2, 3]),
      line(1_500, 8, 6, [1, 2]),
      line(4_000, 9, 7, [1, 9, 3]),
      line(4_000, 10, 7, [1, 2, 4_294_967_297]),
    );
    const { facts, taken } = await read(trace, path, asked, small);
    expect(facts).toMatchObject({ prompts: 4, sharedPrefix: true, repeats: false });
    expect(facts.records).toMatchObject({ read: 4, used: 4, leftOut: {} });
    expect(taken.map(({ inputTokens, outputTokens, atS }) => [inputTokens, outputTokens, atS])).toEqual([
      [10, 5, 0],
      [8, 6, 0.5],
      [9, 7, 3],
      [10, 7, 3],
    ]);
    const blocks = taken.map(({ content }) =>
      Array.from({ length: 3 }, (_, block) =>
        JSON.stringify(content.slice(block * 4, block * 4 + 4)).slice(1, -1),
      ),
    );
    expect(blocks[1]?.slice(0, 2)).toEqual(blocks[0]?.slice(0, 2));
    expect(blocks[2]?.[0]).toBe(blocks[0]?.[0]);
    expect(blocks[2]?.[1]).not.toBe(blocks[0]?.[1]);
    // A block that is cut off begins as the whole one; ids beyond 32 bits differ from their lower half.
    expect(blocks[0]?.[2]?.startsWith(blocks[2]?.[2] ?? 'none')).toBe(true);
    expect(blocks[3]?.[2]).not.toBe(JSON.stringify(taken[0]?.content.slice(0, 2)).slice(1, -1));
  });

  test('refuses what does not fit instead of leaving it out of the load, and says what to raise', async () => {
    const long = Array.from({ length: 1_000 }, () => 1);
    const path = linesOf(line(0, 4, 5, [1]), line(100, 4_000, 5, long), '', line(300, 4, 101, [1]));
    const error: unknown = await read(trace, path, asked, small).catch((thrown: unknown) => thrown);
    if (!isLlemError(error)) throw error;
    expect(error.code).toBe('LLEM_E_PREPARE');
    expect(error.message).toMatch(
      /^2 of 3 requests .* line 2 has a prompt of 4000 tokens and an answer of 5/,
    );
    expect(error.remedy).toContain('4000 and 101');
  });

  test('is meant to hit a prefix cache only where requests begin alike', async () => {
    const apart = linesOf(line(0, 8, 5, [1, 2]), line(1, 8, 5, [3, 2]));
    expect((await read(trace, apart, asked, small)).facts.sharedPrefix).toBe(false);
  });

  test('begins again after its mean gap, with other tokens, where that is allowed', async () => {
    const path = linesOf(line(0, 4, 5, [1]), line(100, 4, 5, [1]), line(400, 4, 5, [2]));
    const { facts, taken } = await read(trace, path, asked, { ...small, allow_repeat: true }, 6);
    expect(facts).toMatchObject({ prompts: null, repeats: false });
    expect(taken.map(({ atS }) => atS)).toEqual([0, 0.1, 0.4, 0.6, 0.7, 1]);
    expect(taken[3]?.content).toEqual(taken[4]?.content);
    expect(taken[3]?.content).not.toEqual(taken[0]?.content);
  });

  test.each([
    ['out of order', [line(10, 4, 5, [1]), line(9, 4, 5, [1])], 'line 2'],
    ['too few blocks', [line(10, 5, 5, [1])], 'block_tokens'],
    ['too many blocks', [line(10, 4, 5, [1, 2])], 'block_tokens'],
    ['no length', [{ timestamp: 1 }], 'input_length'],
    ['no JSON', ['{'], 'line 1'],
    ['only what does not fit', [line(0, 4, 500, [1])], '1 of 1'],
    ['nothing', [''], 'no requests'],
  ])('refuses %s', async (_, lines, message) => {
    expect(await refused(trace, linesOf(...lines), asked, small)).toContain(message);
  });

  test('refuses a chat, conversations, a shared prefix and a model of unknown ids', async () => {
    const path = linesOf(line(0, 4, 5, [1]));
    expect(await refused(trace, path, { ...chat, model }, small)).toContain('chat');
    expect(await refused(trace, path, { workload: { turns: 2 }, model }, small)).toContain('conversations');
    expect(await refused(trace, path, { workload: { shared_prefix_tokens: 2 }, model }, small)).toContain(
      'beginning',
    );
    expect(await refused(trace, path, {}, small)).toContain('not known');
  });

  test('serves a closed loop too, which takes no note of the times', async () => {
    const { taken } = await read(
      trace,
      linesOf(line(0, 4, 5, [1])),
      { workload: { concurrency: 2 }, model },
      small,
    );
    expect(taken).toHaveLength(1);
  });
});
