import { expect, it } from 'vitest';
import { z } from 'zod';
import { optionArguments, usedFlags } from './arguments.js';
import { optionShape, type OptionTable } from './option-table.js';

const common = { group: 'Other', about: 'Does something.' };
const table = {
  max_num_seqs: { ...common, schema: z.int() },
  tp: { ...common, schema: z.int(), flag: 'tensor-parallel-size', versions: '>=0.2' },
  enforce_eager: { ...common, schema: z.boolean(), form: 'switch' },
  prefix_caching: { ...common, schema: z.boolean(), form: 'negatable' },
  config: { ...common, schema: z.strictObject({ mode: z.string() }), form: 'json' },
  sizes: { ...common, schema: z.array(z.int()), form: 'list' },
  lora: { ...common, schema: z.array(z.string()), form: 'repeated' },
  chunk: { ...common, schema: z.int() },
  file_key: { ...common, schema: z.string(), flag: null },
} as const satisfies OptionTable;
const schema = z.strictObject(optionShape(table));

it('passes nothing of what is not set: the defaults of the engine hold', () => {
  expect(optionArguments(table, schema.parse({}))).toEqual([]);
});

it('writes each option in its form, in the order of the table', () => {
  const values = schema.parse({
    file_key: 'not a flag',
    chunk: -1,
    lora: ['a=b', 'c'],
    sizes: [1, 2],
    config: { mode: 'FULL' },
    prefix_caching: false,
    enforce_eager: true,
    tp: 2,
    max_num_seqs: 64,
  });
  expect(optionArguments(table, values)).toEqual([
    ...['--max-num-seqs', '64', '--tensor-parallel-size', '2', '--enforce-eager', '--no-prefix-caching'],
    ...['--config', '{"mode":"FULL"}', '--sizes', '1', '2', '--lora', 'a=b', '--lora', 'c', '--chunk=-1'],
  ]);
});

it('leaves out a switch that is off, and an empty list', () => {
  expect(optionArguments(table, { enforce_eager: false, sizes: [], prefix_caching: true })).toEqual([
    '--prefix-caching',
  ]);
});

it('says which flags are used, and by what', () => {
  expect(usedFlags('vllm', table, { tp: 2, chunk: -1, enforce_eager: false })).toEqual([
    { path: 'vllm.tp', flag: '--tensor-parallel-size', versions: '>=0.2' },
    { path: 'vllm.chunk', flag: '--chunk', versions: null },
  ]);
});

it('describes options with the releases that have them', () => {
  expect(optionShape(table).tp.description).toBe('Does something. Releases >=0.2.');
});

it('puts headings of options into JSON Schema', () => {
  const { properties } = z.toJSONSchema(z.object(optionShape(table)));
  expect(properties?.['tp']).toMatchObject({ 'x-group': 'Other' });
});
