/** Synthetic prompts: exact lengths, no two the same, the same for the same request. */
import { describe, expect, test } from 'vitest';
import { never, requestFor, take, unheard, type Asked } from './request.fixture.js';
import { create, options } from './synthetic.js';
import { loadTokenizer } from './tokenizer.js';
import { writeTokenizer } from './tokenizer.fixture.js';

const context = { cacheDir: '/nowhere' };
const ids = { promptTokenIds: { first: 100, last: 599 } };
const idsOf = (content: unknown): number[] => {
  if (!Array.isArray(content)) throw new Error('no token ids');
  return content.map(Number);
};
const textOf = (content: unknown): string => {
  if (typeof content !== 'string') throw new Error('no text');
  return content;
};

async function prompts(asked: Asked, most: number, settings: unknown = {}) {
  const dataset = create(context, settings);
  const request = requestFor(asked);
  const facts = await dataset.prepare(request, never, unheard);
  return { facts, taken: await take(dataset.open(request), most) };
}

describe('token ids', () => {
  test('are of the exact length, ordinary, and no two prompts the same', async () => {
    const { facts, taken } = await prompts(
      { workload: { input_tokens: 20, output_tokens: 9 }, model: ids },
      500,
    );
    expect(facts).toEqual({
      revision: null,
      hash: null,
      prompts: null,
      sharedPrefix: false,
      repeats: false,
      records: null,
    });
    expect(new Set(taken.map(({ content }) => idsOf(content).join())).size).toBe(500);
    for (const { content, inputTokens, outputTokens } of taken) {
      expect([idsOf(content).length, inputTokens, outputTokens]).toEqual([20, 20, 9]);
      expect(Math.min(...idsOf(content))).toBeGreaterThanOrEqual(100);
      expect(Math.max(...idsOf(content))).toBeLessThanOrEqual(599);
    }
  });

  test('use the whole vocabulary, and every part of it alike', async () => {
    const { taken } = await prompts({ workload: { input_tokens: 500 }, model: ids }, 100);
    const counts = new Map<number, number>();
    for (const id of taken.flatMap(({ content }) => idsOf(content)))
      counts.set(id, (counts.get(id) ?? 0) + 1);
    expect(counts.size).toBe(500);
    // Chi square over 499 degrees of freedom: 650 is beyond 5 standard deviations.
    const chi = [...counts.values()].reduce((sum, count) => sum + (count - 100) ** 2 / 100, 0);
    expect(chi).toBeLessThan(650);
  });

  test('come again for the same request and change with the seed', async () => {
    const asked = { workload: { input_tokens: 8 }, model: ids };
    const [one, same, other] = [
      await prompts(asked, 50),
      await prompts(asked, 50),
      await prompts({ ...asked, seed: 8 }, 50),
    ];
    expect(same.taken).toEqual(one.taken);
    expect(other.taken).not.toEqual(one.taken);
  });

  test('of neighbouring seeds have nothing in common', async () => {
    const first = async (seed: number) =>
      (await prompts({ workload: { input_tokens: 64 }, model: ids, seed }, 1)).taken.flatMap(({ content }) =>
        idsOf(content),
      );
    const [a, b] = [await first(1), await first(2)];
    expect(a.filter((id, index) => b[index] === id).length).toBeLessThan(5);
  });

  test('keep their lengths when only the answers are longer', async () => {
    const lengths = { distribution: 'uniform', min: 4, max: 40 } as const;
    const of = async (output: number) =>
      (
        await prompts({ workload: { input_tokens: lengths, output_tokens: output }, model: ids }, 30)
      ).taken.map(({ content }) => content);
    expect(await of(5)).toEqual(await of(50));
  });

  test('run out when a tiny vocabulary has no more, each given once, and say so beforehand', async () => {
    const tiny = { promptTokenIds: { first: 1, last: 3 } };
    const { facts, taken } = await prompts({ workload: { input_tokens: 4 }, model: tiny }, 1_000);
    expect(facts.prompts).toBe(81);
    expect(new Set(taken.map(({ content }) => idsOf(content).join())).size).toBe(81);
    expect(taken).toHaveLength(81);
  });

  test('of drawn lengths run out with the first length that is used up, where that was said', async () => {
    const tiny = { promptTokenIds: { first: 1, last: 2 } };
    const input_tokens = { distribution: 'uniform', min: 1, max: 4 } as const;
    const { facts, taken } = await prompts({ workload: { input_tokens }, model: tiny }, 1_000);
    expect(facts.prompts).toBe(taken.length);
    expect(new Set(taken.map(({ content }) => idsOf(content).join())).size).toBe(taken.length);
  });

  test('begin with the shared prefix, which is part of their length', async () => {
    const { facts, taken } = await prompts(
      {
        workload: { input_tokens: { distribution: 'uniform', min: 12, max: 30 }, shared_prefix_tokens: 10 },
        model: ids,
      },
      50,
    );
    expect(facts.sharedPrefix).toBe(true);
    expect(new Set(taken.map(({ content }) => idsOf(content).slice(0, 10).join())).size).toBe(1);
    expect(new Set(taken.map(({ content }) => idsOf(content).slice(10).join())).size).toBe(50);
    for (const { content, inputTokens } of taken) expect(idsOf(content)).toHaveLength(inputTokens ?? 0);
  });

  test('are refused when nothing is left to tell them apart', async () => {
    const workload = { input_tokens: 10, shared_prefix_tokens: 10 };
    await expect(prompts({ workload, model: ids }, 1)).rejects.toMatchObject({ code: 'LLEM_E_PREPARE' });
  });

  test('of a conversation hold all that came before, with other ids in the place of the answer', async () => {
    const { taken } = await prompts(
      { workload: { input_tokens: 6, output_tokens: 4, turns: 3 }, model: ids },
      3,
    );
    for (const { content, followUps } of taken) {
      expect(followUps?.map(({ inputTokens }) => inputTokens)).toEqual([16, 26]);
      expect(idsOf(followUps?.[0]?.content).slice(0, 6)).toEqual(content);
      expect(idsOf(followUps?.[1]?.content).slice(0, 16)).toEqual(followUps?.[0]?.content);
    }
  });

  test('cannot be sent at the times of a trace', async () => {
    await expect(
      prompts({ workload: { arrival: { process: 'trace' } }, model: ids }, 1),
    ).rejects.toMatchObject({ code: 'LLEM_E_PREPARE' });
  });
});

describe('text', () => {
  const shapes = [
    ['a byte-level BPE', {}],
    ['one that puts a beginning first', { beginning: true }],
    ['one of single letters', { words: [], symbols: 'a b c d e f g h'.split(' ') }],
  ] as const;

  test.each(shapes)('encodes to exactly the length asked for with %s', async (_, shape) => {
    const tokenizerPath = writeTokenizer(shape);
    const tokenizer = await loadTokenizer(tokenizerPath);
    for (const length of [20, 33, 128]) {
      const { taken } = await prompts({ workload: { input_tokens: length }, model: { tokenizerPath } }, 20);
      expect(taken).toHaveLength(20);
      expect(new Set(taken.map(({ content }) => content)).size).toBe(20);
      for (const { content, inputTokens } of taken) {
        if (typeof content !== 'string') throw new Error('no text');
        expect([tokenizer.encode(content, true).length, inputTokens]).toEqual([length, length]);
        expect(content).toBe(content.trim());
      }
    }
  });

  test('is what a chat gets, as long as asked without what its template adds', async () => {
    const tokenizerPath = writeTokenizer({ beginning: true });
    const tokenizer = await loadTokenizer(tokenizerPath);
    const workload = { api: 'chat', input_tokens: 24, output_tokens: 5, turns: 2 } as const;
    const { taken } = await prompts({ workload, model: { ...ids, tokenizerPath } }, 5);
    for (const { content, inputTokens, followUps } of taken) {
      const later = followUps?.[0]?.content;
      if (typeof content !== 'string' || typeof later !== 'string') throw new Error('no text');
      expect([tokenizer.encode(content, false).length, tokenizer.encode(later, false).length]).toEqual([
        24, 24,
      ]);
      expect([inputTokens, followUps?.[0]?.inputTokens, followUps?.[0]?.outputTokens]).toEqual([
        null,
        null,
        5,
      ]);
    }
  });

  test('shares exactly the tokens of the prefix', async () => {
    const tokenizerPath = writeTokenizer({ beginning: true });
    const tokenizer = await loadTokenizer(tokenizerPath);
    const workload = { input_tokens: 40, shared_prefix_tokens: 16 };
    const { taken } = await prompts({ workload, model: { tokenizerPath } }, 20);
    const encoded = taken.map(({ content }) => tokenizer.encode(textOf(content), true));
    expect(new Set(encoded.map((all) => all.slice(0, 16).join())).size).toBe(1);
    expect(new Set(encoded.map((all) => all.slice(16, 24).join())).size).toBe(20);
    expect(encoded.every((all) => all.length === 40)).toBe(true);
  });

  test('is asked for by an option, and takes the tokenizer that the option names', async () => {
    const { taken } = await prompts({ workload: { input_tokens: 12 }, model: ids }, 1, {
      text: true,
      tokenizer: writeTokenizer(),
    });
    expect(typeof taken[0]?.content).toBe('string');
  });

  test('runs out when there are no more texts of a length', async () => {
    const tokenizerPath = writeTokenizer({ words: [], symbols: ['a', 'b'] });
    const { taken } = await prompts({ workload: { input_tokens: 4 }, model: { tokenizerPath } }, 100);
    expect(taken.length).toBeGreaterThan(4);
    expect(taken.length).toBeLessThanOrEqual(16);
    expect(new Set(taken.map(({ content }) => content)).size).toBe(taken.length);
  });

  test.each([
    ['without a tokenizer', {}, {}, 'tokenizer'],
    [
      'with a tokenizer that is not there',
      { tokenizer: '/nowhere/tokenizer.json' },
      {},
      '/nowhere/tokenizer.json',
    ],
    ['as a conversation of completions', { tokenizer: writeTokenizer() }, { turns: 2 }, 'chat'],
    [
      'of a length that the tokenizer cannot make',
      { tokenizer: writeTokenizer({ beginning: true }) },
      { input_tokens: 1 },
      'exactly',
    ],
    [
      'with a vocabulary of no text',
      { tokenizer: writeTokenizer({ words: [], symbols: ['!', '?'] }) },
      {},
      'exactly',
    ],
  ])('is refused %s', async (_, settings, workload, message) => {
    const refused: unknown = await prompts({ workload }, 1, settings).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'LLEM_E_PREPARE' });
    expect(String(refused)).toContain(message);
  });
});

test('the options refuse what they do not know', () => {
  expect(options.parse({ texts: true }).ok).toBe(false);
});
