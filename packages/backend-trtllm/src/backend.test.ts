/** The plugin as the harness meets it, and its checks against the simulated trtllm-serve. */
import { fileURLToPath } from 'node:url';
import { createInstance, runCheck, type Backend } from '@llem/core';
import { describe, expect, test } from 'vitest';
import * as plugin from './backend.js';

const SIMULATED = fileURLToPath(new URL('../../testkit/bin/trtllm-serve.js', import.meta.url));

const make = (settings: object = {}): Backend =>
  createInstance('backend', 'trtllm', plugin, { cacheDir: '/cache' }, settings);

test('computes on GPUs, tells its metrics in the format of Prometheus, and cannot empty its cache', () => {
  const backend = make();
  expect(backend.computesOn).toBe('gpu');
  expect(backend.serverMetrics?.path).toBe('/prometheus/metrics');
  expect('resetCache' in backend).toBe(false);
});

test('is installed where its program can be run', async () => {
  expect(await make({ executable: SIMULATED }).isInstalled?.()).toBe(true);
  expect(await make({ executable: '/nowhere/trtllm-serve' }).isInstalled?.()).toBe(false);
});

test('options are parsed twice with the same result, and unknown keys are told with the known ones', () => {
  const input = {
    kv_cache_config: { dtype: 'fp8' },
    cuda_graph_config: null,
    extra: { served_model_name: 'm' },
  };
  const once = plugin.options.parse(input);
  if (!once.ok) throw new Error('it does not parse');
  expect(plugin.options.parse(once.value)).toEqual(once);
  const typo = plugin.options.parse({ kv_cache_config: { enable_block_resue: true } });
  expect(typo.ok ? [] : typo.issues).toMatchObject([
    { kind: 'unknown-key', path: ['kv_cache_config', 'enable_block_resue'] },
  ]);
  expect(typo.ok ? [] : typo.issues[0]?.knownKeys).toContain('enable_block_reuse');
});

describe('checks', () => {
  const found = async (settings: object) => {
    const checks = make({ executable: SIMULATED, ...settings }).checks('process');
    return Promise.all(checks.map(async (check) => [check.id, await runCheck(check, 10_000)] as const));
  };

  test('look at nothing of a container, or of a server that is elsewhere', () => {
    expect(make().checks('container')).toEqual([]);
    expect(make().checks('elsewhere')).toEqual([]);
  });

  test('find the program and every flag that is used', async () => {
    const findings = await found({
      tp_size: 2,
      max_batch_size: 8,
      trust_remote_code: true,
      enable_chunked_prefill: true,
      extra: { served_model_name: 'm' },
      kv_cache_config: { max_gpu_total_bytes: 1 },
    });
    expect(findings.map(([id, { status }]) => [id, status])).toEqual([
      ['trtllm.executable', 'ok'],
      ['trtllm.flags', 'ok'],
    ]);
  });

  test.each([
    [
      'a flag that this release lacks',
      { extra: { no_such_flag: 1 } },
      '--no_such_flag (trtllm.extra.no_such_flag)',
    ],
    [
      'a key of the file that later releases have',
      { prefill_cuda_graph_backend: 'piecewise' },
      'trtllm.prefill_cuda_graph_backend (releases >=1.4)',
    ],
    [
      'a nested one that earlier releases had',
      { speculative_config: { decoding_type: 'Eagle3', max_draft_len: 2, speculative_model_dir: '/d' } },
      'trtllm.speculative_config.speculative_model_dir (releases <1.3)',
    ],
  ])('refuse %s, and say which option it is', async (_, settings, told) => {
    const [, flags] = await found(settings);
    expect(flags?.[1]).toMatchObject({ status: 'failed' });
    expect(flags?.[1].message).toContain(told);
  });
});
