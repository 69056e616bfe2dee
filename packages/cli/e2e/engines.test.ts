/** The GPU engines through the real command: one study with all three on simulated servers, and what goes wrong with each. */
import { SIMULATED_SGLANG, SIMULATED_TRTLLM_SERVE, SIMULATED_VLLM } from '@llem/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { COMPARED, each, engineStudies, type EngineStudies } from './engines.js';

let studies: EngineStudies;
beforeEach(async () => {
  studies = await engineStudies();
});
afterEach(() => studies.remove());

it('are compared in one study, each as the worked study has it', { timeout: 120_000 }, async () => {
  const { code, stderr } = await studies.run(studies.settings('compared', 1) + COMPARED);
  expect([code, code === 0 ? '' : stderr]).toEqual([0, '']);
  const records = await studies.records();
  expect([...records.keys()].sort()).toEqual(['sglang', 'trtllm', 'vllm']);

  for (const [backend, { status, measurement, engine, validity }] of records) {
    expect([backend, status]).toEqual([backend, 'completed']);
    expect(measurement?.energy.totals.gpu?.quality).toBe('counter');
    expect(measurement?.requests.failed).toBe(0);
    // Every answer is as long as asked, by both counts.
    expect([backend, validity.checks.find(({ id }) => id === 'tokens')?.ok]).toEqual([backend, true]);
    expect([backend, engine.differences]).toEqual([backend, []]);
    expect(measurement?.server?.cachedTokens ?? 0).toBe(0);
  }
  const engineOf = (backend: string) => records.get(backend)?.engine;
  expect(engineOf('vllm')).toMatchObject({ version: '0.32.0', kvCacheTokens: 120_576 });
  expect(engineOf('sglang')).toMatchObject({ version: '0.5.23', kvCacheTokens: 115_343 });
  // It tells the size of its cache with its first step, after it was asked.
  expect(engineOf('trtllm')).toMatchObject({ version: '1.3.0rc24', kvCacheTokens: null });
  const resets = [...records].map(([backend, { measurement }]) => [backend, measurement?.window.cacheReset]);
  expect(Object.fromEntries(resets)).toEqual({ vllm: 'done', sglang: 'done', trtllm: 'unsupported' });
  // The others tell it too late for so short a window.
  expect(records.get('vllm')?.measurement?.server?.acceptanceRate).toBeCloseTo(0.5, 2);

  const command = (backend: string) => engineOf(backend)?.command.join(' ');
  expect(command('vllm')).toMatch(new RegExp(`^${SIMULATED_VLLM} serve .* --max-num-seqs 64`));
  expect(command('sglang')).toMatch(new RegExp(`^${SIMULATED_SGLANG} serve .* --max-running-requests 64`));
  expect(command('trtllm')).toMatch(new RegExp(`^${SIMULATED_TRTLLM_SERVE} serve .* --max_batch_size 64`));
  expect(engineOf('trtllm')?.files[0]?.content).toContain('max_draft_len: 4');
});

it('are not started with a flag that they do not have', { timeout: 60_000 }, async () => {
  const { code, stderr } = await studies.run(
    studies.settings('flags', 1) +
      each({
        vllm: ', vllm.extra: { no-such-flag: 1 }',
        sglang: ', sglang.extra: { no-such-flag: 1 }',
        trtllm: ', trtllm.extra: { no_such_flag: 1 }',
      }),
  );
  expect(code).toBe(1);
  const told = stderr.replace(/\s+/g, ' ');
  expect(told).toMatch(/vllm 0\.32\.0 \S+ does not have --no-such-flag \(vllm\.extra\.no-such-flag\)/);
  expect(told).toMatch(/sglang 0\.5\.23 \S+ does not have --no-such-flag \(sglang\.extra\.no-such-flag\)/);
  expect(told).toMatch(
    /trtllm-serve 1\.3\.0rc24 \S+ does not have --no_such_flag \(trtllm\.extra\.no_such_flag\)/,
  );
});

describe('an engine', () => {
  it('without room for its KV cache fails with the option to change', { timeout: 60_000 }, async () => {
    const faults = { 'fails-at-start': 'out-of-kv-memory' };
    const { code } = await studies.run(studies.settings('memory', 1) + each(), { faults });
    expect(code).toBe(1);
    for (const [backend, word, option] of [
      ['vllm', 'kv-cache-memory', 'vllm.gpu_memory_utilization'],
      ['sglang', 'kv-cache-memory', 'sglang.mem_fraction_static'],
      ['trtllm', 'kv-cache-memory', 'trtllm.kv_cache_config.free_gpu_memory_fraction'],
    ] as const) {
      const failure = (await studies.records()).get(backend)?.failure;
      expect([backend, failure?.type, failure?.class]).toEqual([backend, 'start', word]);
      expect(failure?.remedy).toContain(option);
    }
  });

  it('that answers, but did not empty its cache, is told to have refused', { timeout: 60_000 }, async () => {
    const study = studies.settings('refused', 1) + each({}, ['vllm']);
    const { code, stderr } = await studies.run(study, { faults: { 'reset-refused': true } });
    expect(code).toBe(0);
    expect(stderr).toContain('The engine did not empty its prefix cache');
    expect((await studies.records()).get('vllm')?.measurement?.window.cacheReset).toBe('refused');
  });
});
