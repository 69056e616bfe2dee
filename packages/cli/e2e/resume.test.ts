/** Studies that are cut off and resumed, as a user has it. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  completedRuns,
  journalOf,
  KILLED_STUDY,
  killedAgainAndAgain,
  requireWhole,
} from './interrupted-studies.js';
import { eventsOf, LIGHT_STUDY, workplace, type Workplace } from './llem.js';

let place: Workplace;
beforeAll(async () => {
  place = await workplace();
  await writeFile(join(place.dir, 'study.yaml'), KILLED_STUDY);
  await writeFile(join(place.dir, 'short.yaml'), LIGHT_STUDY);
});
afterAll(() => place.remove());

/** Starts a study and, once a run measures, sends SIGINT; gives what became of it. */
async function interruptedStudy(output: string) {
  const { child, finished } = place.start([
    'run',
    'study.yaml',
    '--output',
    output,
    '--json',
    '--skip-preflight',
  ]);
  let [dir, runId] = ['', ''];
  for await (const event of eventsOf(child)) {
    if (event.type === 'study-started') dir = event.dir ?? '';
    if (event.type !== 'phase' || event.phase !== 'window') continue;
    runId = event.runId ?? '';
    break;
  }
  child.kill('SIGINT');
  return { dir, runId, ...(await finished) };
}

it('killed five times at random moments and resumed loses nothing and measures nothing twice', async () => {
  const dirs = await killedAgainAndAgain(place, { study: KILLED_STUDY, runs: 4 }, 5, 5, 3_000);
  for (const dir of dirs) await requireWhole(dir);
}, 120_000);

it('interrupted exits 130, and resumed from elsewhere, by one of two at once, measures that run as a new attempt', async () => {
  const { dir, runId, code } = await interruptedStudy('interrupted');
  expect(code).toBe(130);
  expect(await journalOf(dir)).toContainEqual(expect.objectContaining({ event: 'interrupted', runId }));

  const shown = await place.llem(['results', 'show', dir]);
  expect(shown.stdout).toContain(`llem resume ${dir}`);

  const resume = ['resume', dir, '--quiet', '--skip-preflight'];
  const both = await Promise.all([place.llem(resume), place.llem(resume)]);
  const [resumed, refused] = both.toSorted((a, b) => (a.code ?? 0) - (b.code ?? 0));
  expect(both.map((one) => one.code).sort()).toEqual([0, 1]);
  expect(refused?.stderr).toContain('in use by another llem');
  expect(resumed?.stdout).toContain('4 of 4 runs completed');
  await requireWhole(dir);
  const again = runId.replace(/_a1$/, '_a2');
  const { stdout: table } = await place.llem(['results', 'show', dir]);
  expect(table).toContain(`${again}  completed, the one that counts of 2`);
  expect(await journalOf(dir)).toContainEqual(expect.objectContaining({ event: 'completed', runId: again }));
}, 60_000);

it('that is finished runs nothing again, is refused where it was changed, and --cycles extends it after what is there', async () => {
  const output = 'extended';
  expect((await place.llem(['run', 'short.yaml', '-o', output, '-q', '--skip-preflight'])).code).toBe(0);
  const [name = ''] = await readdir(join(place.dir, output));
  const dir = join(place.dir, output, name);
  const journal = await readFile(join(dir, 'journal.ndjson'), 'utf8');
  expect((await place.llem(['resume', dir, '-q'])).code).toBe(0);
  expect(await readFile(join(dir, 'journal.ndjson'), 'utf8')).toBe(journal);

  const resolved = await readFile(join(dir, 'resolved.yaml'), 'utf8');
  await writeFile(join(dir, 'resolved.yaml'), resolved.replace('concurrency: 2', 'concurrency: 3'));
  const refused = await place.llem(['resume', name, '-o', output]);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain('cannot be resumed');
  await writeFile(join(dir, 'resolved.yaml'), resolved);

  expect((await place.llem(['resume', dir, '-q', '--cycles', '2', '--skip-preflight'])).code).toBe(0);
  expect(await completedRuns(dir)).toHaveLength(2);
  await requireWhole(dir);
  expect(await readFile(join(dir, 'resolved.yaml'), 'utf8')).toContain('cycles: 2');
  expect((await place.llem(['resume', dir, '--cycles', '1'])).code).toBe(2);
}, 60_000);

it('refuses what is no result directory and leaves nothing in it', async () => {
  const other = join(place.dir, 'other');
  await mkdir(other);
  const { code, stderr } = await place.llem(['resume', other]);
  expect(code).toBe(2);
  expect(stderr).toContain('not a result directory');
  expect(await readdir(other)).toEqual([]);
});
