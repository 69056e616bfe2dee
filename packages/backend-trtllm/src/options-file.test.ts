/** The options file: what stands in it, what its name follows from, and that YAML 1.1 reads it as it was meant. */
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { llmArgs, optionsFile } from './options-file.js';
import { optionsSchema, type TrtllmOptions } from './options.js';

const options = (settings: object = {}): TrtllmOptions => optionsSchema.parse(settings);

describe('the mapping', () => {
  test('has what the metrics need, and nothing else where nothing is asked for', () => {
    expect(llmArgs(options(), null)).toEqual({ return_perf_metrics: true, enable_iter_perf_stats: true });
  });

  test('leaves out what the backend tensorrt refuses', () => {
    expect(llmArgs(options({ backend: 'tensorrt' }), null)).toEqual({ return_perf_metrics: true });
  });

  test('pins the commit of a model at the Hub', () => {
    expect(llmArgs(options(), 'abc')).toMatchObject({ revision: 'abc' });
  });

  test('has options that are no flags, nested as the engine has them, and null where it has a meaning', () => {
    const args = llmArgs(
      options({ tp_size: 2, kv_cache_config: { dtype: 'fp8' }, cuda_graph_config: null, stream_interval: 4 }),
      null,
    );
    expect(args).toMatchObject({
      kv_cache_config: { dtype: 'fp8' },
      cuda_graph_config: null,
      stream_interval: 4,
    });
    expect(args).not.toHaveProperty('tp_size');
  });

  test('takes further keys into the mappings that are there', () => {
    const args = llmArgs(
      options({
        kv_cache_config: { dtype: 'fp8' },
        extra_llm_api_options: { kv_cache_config: { event_buffer_max_size: 8 }, max_stats_len: 5 },
      }),
      null,
    );
    expect(args).toMatchObject({
      kv_cache_config: { dtype: 'fp8', event_buffer_max_size: 8 },
      max_stats_len: 5,
    });
  });
});

describe('the file', () => {
  test('is named after its content, below the folder for what can be made again', () => {
    const [first, same, other] = [{ a: 1 }, { a: 1 }, { a: 2 }].map((args) => optionsFile(args, '/cache'));
    expect(first).toEqual(same);
    expect(first?.path).toMatch(/^\/cache\/trtllm\/[0-9a-f]{16}\.yaml$/);
    expect(other?.path).not.toBe(first?.path);
  });

  test('is read by a parser of YAML 1.1 as it was meant', () => {
    const args = {
      words: ['on', 'no', 'y', 'null', '0x10', '12:30', '1e3', '2026-11-26', ''],
      list: [1, 2],
      nested: { fraction: 0.85, off: false, nothing: null, schedule: { '4': 3 } },
    };
    const { content } = optionsFile(args, '/cache');
    expect(parse(content, { version: '1.1' })).toEqual(args);
    expect(content).toContain('- "on"');
  });
});
