/** kill -9 of llem in every phase of a run: soon no process of the run is left, and what was stored stays. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PHASES } from '@llem/core';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { BIN, eventsOf, marked } from './llem.js';

/** Long for a machine that does nothing else, where it takes a few tenths of a second. */
const LEFT_AFTER_MS = 5_000;

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llem-kill-'));
  // A search of two loads, so that a run has every phase there is.
  await writeFile(
    join(folder, 'study.yaml'),
    `name: kill
model: llem/tiny-1m
backend: llamacpp
workload:
  input_tokens: 8
  output_tokens: 32
  search: { slo: { ttft_ms: 60000 }, from: 1, to: 2, probe_s: 1 }
measure: { min_seconds: 1, idle_bare_s: 0.5, settle_s: 0.3, idle_loaded_s: 0.5, warmup: { max_s: 1 } }
execution: { cycles: 2, gaps: { between_runs_s: 0.5 } }
`,
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it.concurrent.each(PHASES)('kill -9 in phase "%s" leaves no process', async (phase) => {
  const marker = `LLEM_TEST_MARKER=${phase}-${process.pid}-${Date.now()}`;
  const [name = '', value = ''] = marker.split('=');
  const output = join(folder, phase);
  const llem = spawn(process.execPath, [BIN, 'run', 'study.yaml', '--json', '--output', output], {
    cwd: folder,
    env: { ...process.env, LLEM_LOCKS: output, [name]: value },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(llem, 'exit');
  let reached = false;
  for await (const event of eventsOf(llem)) {
    if (event.type === 'phase' && event.phase === phase) {
      reached = true;
      break;
    }
  }
  expect(reached).toBe(true);
  expect(await marked(marker)).not.toEqual([]);
  llem.kill('SIGKILL');
  await exited;
  await vi.waitFor(async () => expect(await marked(marker)).toEqual([]), { timeout: LEFT_AFTER_MS });

  const [study = ''] = await readdir(output);
  const journal = await readFile(join(output, study, 'journal.ndjson'), 'utf8');
  for (const line of journal.split('\n').filter((text) => text !== ''))
    expect(() => void JSON.parse(line)).not.toThrow();
});
