/** One engine for the runs of a cycle, through the real command. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { recordSchema } from '@llem/core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { workplace, type Workplace } from './llem.js';

let place: Workplace;
beforeEach(async () => {
  place = await workplace();
});
afterEach(() => place.remove());

const STUDY = `name: block
model: llem/tiny-1m
backend: llamacpp
llamacpp: { sequences: 4, context: 256 }
workload: { input_tokens: 16, output_tokens: 8 }
measure: { min_seconds: 1, idle_bare_s: 0, settle_s: 0, idle_loaded_s: 0, warmup: { max_s: 0 } }
sweep: { workload.concurrency: [2, 4] }
execution: { cycles: 1, service: per_block, gaps: { between_runs_s: 0 } }
`;

it('starts one engine for two loads that it has the room for, and gives each run its log', async () => {
  await writeFile(join(place.dir, 'study.yaml'), STUDY);
  const { code, stderr } = await place.llem(['run', 'study.yaml']);
  expect(stderr).not.toMatch(/error/i);
  expect(code).toBe(0);
  const [study = ''] = await readdir(join(place.dir, 'results'));
  const runs = join(place.dir, 'results', study, 'runs');
  const [first = '', second = ''] = (await readdir(runs)).sort();
  const recordOf = async (run: string) =>
    recordSchema.parse(JSON.parse(await readFile(join(runs, run, 'record.json'), 'utf8')));
  const records = [await recordOf(first), await recordOf(second)];
  expect(records.map(({ engine }) => [engine.service, engine.serviceStart])).toEqual([
    ['per_block', { runId: first, runsBefore: 0, cacheReset: null }],
    ['per_block', { runId: first, runsBefore: 1, cacheReset: 'unsupported' }],
  ]);
  const [started, takenOver] = records.map(({ engine }) => engine.facts['pid']);
  expect(takenOver).toBe(started);
  expect(() => process.kill(Number(started), 0)).toThrow('ESRCH');
  const log = await readFile(join(runs, second, 'engine.log'), 'utf8');
  expect(log).toMatch(`its whole log is ../${first}/engine.log`);
}, 60_000);
