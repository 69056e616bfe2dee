/** A real llama-server, driven as the embedded engine is. Runs where LLEM_TEST_LLAMA_SERVER names one. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  backendWith,
  complete,
  dataset,
  experimentWith,
  launchEngine,
  post,
  promptOf,
  startEngine,
  stopEngine,
  type EngineProcess,
} from './engine-process.js';

const executable = process.env['LLEM_TEST_LLAMA_SERVER'];
if (executable === undefined) {
  console.warn('skipped: set LLEM_TEST_LLAMA_SERVER to the path of a llama-server to test against it');
}

describe.skipIf(executable === undefined)('a real llama-server', () => {
  const experiment = experimentWith({ concurrency: 3, input_tokens: 16, output_tokens: 24 });
  // Of random weights some answers are no UTF-8, on which a llama-server ends the stream with an error.
  const extra = { grammar: 'root ::= [ -~]*' };
  const options = { executable, threads: 1, kv_type_v: 'q8_0', mmap: false, extra };
  let engine: EngineProcess;
  beforeAll(async () => {
    engine = await startEngine(options, experiment);
  });
  afterAll(async () => {
    expect((await stopEngine(engine)).code).toBe(0);
  });

  test('gives exactly the tokens asked for, with more in flight than it has slots', async () => {
    const backend = backendWith(options);
    const artifacts = await backend.prepare(experiment, new AbortController().signal);
    const { body } = backend.dialect(experiment, artifacts, dataset);
    const answers = await Promise.all(
      Array.from({ length: 7 }, (_, i) =>
        complete(engine, { ...body, prompt: promptOf(16, 256 + i), max_tokens: 24, seed: i }),
      ),
    );
    expect(answers.map((answer) => answer.usage?.completion_tokens)).toEqual(answers.map(() => 24));
    expect(answers.map((answer) => answer.usage?.prompt_tokens)).toEqual(answers.map(() => 16));
  });

  test('tells how many slots it has and how much each holds', async () => {
    const facts = await backendWith(options).describe(
      { baseUrl: engine.baseUrl },
      new AbortController().signal,
    );
    expect(facts.details).toMatchObject({ total_slots: 3, context_per_sequence: 256 });
  });

  test('refuses a prompt that is too long', async () => {
    expect((await post(engine, { prompt: promptOf(600) })).status).toBe(400);
  });

  test('is understood when a flag is unknown to it', async () => {
    const wrong = { ...options, extra: { 'no-such-flag': true } };
    const ended = await launchEngine(wrong, experiment);
    const exit = await ended.exited;
    expect(backendWith(wrong).diagnose(exit, ended.log())?.class).toBe('bad-arguments');
  });
});
