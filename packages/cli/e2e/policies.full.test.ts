/** A study whose engines fail, as a user has it: what is tried again, what is given up, and how both outlive a kill. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SIMULATED_ENGINE_PLUGIN } from '@llem/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { journalOf } from './interrupted-studies.js';
import { eventsOf, linkPlugins, marked, workplace, type Workplace } from './llem.js';

/** The first engine of a flaky experiment fails to start, every one of a broken one. */
const FLAKY = (name: string) => `{ exit-at-start: 3, once: "${name}.once" }`;
const BROKEN = '{ exit-at-start: 4 }';
const study = (name: string, execution: string, faults: readonly string[]) => `name: ${name}
model: simulated
backend: simulated
workload: { concurrency: 8, input_tokens: 8, output_tokens: 8 }
measure: { min_seconds: 1, idle_bare_s: 0, settle_s: 0, idle_loaded_s: 0, warmup: { max_s: 0 } }
execution: { order: interleaved, gaps: { between_runs_s: 0 }, retries: { classes: [bad-model] }, ${execution} }
experiments:
${faults.map((fault) => `  - { simulated.faults: ${fault} }\n`).join('')}`;

let place: Workplace;
beforeAll(async () => {
  place = await workplace();
  await linkPlugins(place, { '@llem/simulated-engine': SIMULATED_ENGINE_PLUGIN });
});
afterAll(() => place.remove());

const OPTIONS = ['--quiet', '--skip-preflight'];

async function write(name: string, execution: string, faults: readonly string[]): Promise<void> {
  await writeFile(join(place.dir, `${name}.yaml`), study(name, execution, faults));
}

async function directoryOf(output: string): Promise<string> {
  const [name = ''] = await readdir(join(place.dir, output));
  return join(place.dir, output, name);
}

/** How the attempts and the skipped runs are noted, by the position of their run and in the order of the journal. */
async function noted(dir: string): Promise<string[]> {
  return (await journalOf(dir))
    .filter(({ event }) => event !== 'study' && event !== 'started')
    .map(
      ({ event, runId = 'no folder', cycle }) => `${event} c${cycle} ${/_a\d+$/.exec(runId)?.[0] ?? runId}`,
    );
}

it('tries again what failed to start, gives up what only fails, and takes that up again when asked', async () => {
  await write('sweep', 'cycles: 2, breaker: 1', [FLAKY('sweep'), BROKEN]);
  const { code, stdout } = await place.llem(['run', 'sweep.yaml', '--output', 'sweep', ...OPTIONS]);
  expect(code).toBe(3);
  expect(stdout).toContain('2 of 4 runs completed, 1 failed, 1 skipped');
  const dir = await directoryOf('sweep');
  const first = [
    ...['failed c1 _a1', 'completed c1 _a2', 'failed c1 _a1', 'failed c1 _a2', 'skipped c2 no folder'],
    'completed c2 _a1',
  ];
  expect(await noted(dir)).toEqual(first);
  const manifest = await readFile(join(dir, 'manifest.json'), 'utf8');
  expect(manifest).toContain('"state": "complete"');
  expect(manifest).toContain('"skipReason": "One of its runs failed');

  const shown = await place.llem(['results', 'show', dir]);
  expect(shown.stdout).toMatch(/skipped +1 of 4 runs/);
  expect(shown.stdout).not.toContain('Unfinished');

  // Nothing is left to do; asked for, what failed and what was given up is tried anew.
  expect((await place.llem(['resume', dir, ...OPTIONS])).code).toBe(3);
  expect(await noted(dir)).toEqual(first);
  expect((await place.llem(['resume', dir, '--failed', ...OPTIONS])).code).toBe(3);
  expect((await noted(dir)).slice(first.length)).toEqual([
    ...['failed c1 _a3', 'failed c1 _a4', 'skipped c2 no folder'],
  ]);
}, 120_000);

it('killed before a retry makes it when resumed', async () => {
  await write('killed', 'cycles: 1', [FLAKY('killed')]);
  const { child, finished } = place.start([
    ...['run', 'killed.yaml', '--output', 'killed', '--json', '--skip-preflight'],
  ]);
  for await (const event of eventsOf(child)) if (event.type === 'retry') break;
  child.kill('SIGKILL');
  await finished;
  const dir = await directoryOf('killed');
  expect(await noted(dir)).toEqual(['failed c1 _a1']);

  expect((await place.llem(['resume', dir, ...OPTIONS])).code).toBe(0);
  // The kill may have left the folder of the attempt that it cut off.
  expect(await noted(dir)).toEqual(['failed c1 _a1', expect.stringMatching(/^completed c1 _a[23]$/)]);
  await expect.poll(() => marked(place.dir), { timeout: 5_000 }).toEqual([]);
}, 120_000);

it('ends with its first failure where it is to, and says what goes on with the rest', async () => {
  await write('fast', 'cycles: 1, fail_fast: true', [BROKEN, FLAKY('fast')]);
  const { code, stdout, stderr } = await place.llem(['run', 'fast.yaml', '-o', 'fast', '--skip-preflight']);
  expect(stderr).toContain('is tried again after bad-model (retry 1 of 1)');
  expect(stderr).toContain('the study ends with it (execution.fail_fast)');
  expect(code).toBe(1);
  expect(stdout).toContain('Unfinished: 1 run to go. Go on with: llem resume');
}, 120_000);
