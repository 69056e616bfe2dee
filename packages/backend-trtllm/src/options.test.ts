/** The tables of options: how many there are, and what is said of each. */
import type { OptionTable } from '@llem/serving';
import { expect, test } from 'vitest';
import { FILE_KEYS, FLAGS, MAPPINGS } from './options.js';

/** Of guesses: what the way of guessing asks for, or not. */
const WITHOUT_DEFAULT: readonly string[] = ['max_draft_len', 'speculative_model', 'speculative_model_dir'];

test('every option that is no mapping says the default of the engine', () => {
  const tables: readonly OptionTable[] = [FLAGS, FILE_KEYS, ...Object.values(MAPPINGS)];
  const leaves = tables.flatMap((table) => Object.entries(table)).filter(([name]) => !(name in MAPPINGS));
  const silent = leaves.filter(([, { about }]) => !about.includes('Default: ')).map(([name]) => name);
  expect(leaves.length).toBeGreaterThan(100);
  expect(silent).toEqual(WITHOUT_DEFAULT);
});

test('what is no flag has none, and flags have the underscores of trtllm-serve', () => {
  for (const [name, { flag }] of Object.entries(FLAGS)) expect(flag).toBe(name);
  for (const { flag } of Object.values(FILE_KEYS)) expect(flag).toBeNull();
});
