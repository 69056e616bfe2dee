import { runSeed, workloadSchema, type Prompt } from '@llem/core';
import { simulatedModel } from '@llem/testkit';
import { expect, it } from 'vitest';
import { create } from './synthetic.js';

const model = { ...simulatedModel, promptTokenIds: { first: 10, last: 300 } };
const workload = workloadSchema.parse({ input_tokens: 32, output_tokens: 7 });

async function prompts(seed: number, count: number): Promise<Prompt[]> {
  const out: Prompt[] = [];
  for await (const prompt of create({ cacheDir: '' }, {}).open({ seed, workload, model })) {
    out.push(prompt);
    if (out.length === count) break;
  }
  return out;
}

it('gives prompts of exactly the length asked for, within the range of ordinary tokens, all different', async () => {
  const made = await prompts(1, 500);
  for (const { content, inputTokens, outputTokens } of made) {
    expect(content).toHaveLength(32);
    expect(inputTokens).toBe(32);
    expect(outputTokens).toBe(7);
    for (const id of content) expect(Number(id) >= 10 && Number(id) <= 300).toBe(true);
  }
  expect(new Set(made.map((prompt) => String(prompt.content))).size).toBe(500);
});

it('gives the same prompts for the same seed and others for another cycle', async () => {
  const [a, b, c] = [
    await prompts(runSeed(0, 1), 20),
    await prompts(runSeed(0, 1), 20),
    await prompts(runSeed(0, 2), 20),
  ];
  expect(a).toEqual(b);
  const seen = new Set(a.map((prompt) => String(prompt.content)));
  expect(c.some((prompt) => seen.has(String(prompt.content)))).toBe(false);
});

it('says which model it cannot make prompts for', async () => {
  const open = async () => {
    for await (const _ of create({ cacheDir: '' }, {}).open({
      seed: 1,
      workload,
      model: { ...model, promptTokenIds: null },
    }))
      return;
  };
  await expect(open()).rejects.toThrow(/vocabulary of simulated is not known/);
});
