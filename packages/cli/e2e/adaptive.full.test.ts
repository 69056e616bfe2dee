/** A study that adds cycles through the real command, cut off in one that was added and just before it was. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { completedRuns, requireWhole } from './interrupted-studies.js';
import { eventsOf, LIGHT_STUDY, workplace, type Workplace } from './llem.js';

const planSchema = z.looseObject({ runs: z.array(z.looseObject({ cycle: z.int() })) });

let place: Workplace;
beforeAll(async () => {
  place = await workplace();
  // Six cycles whatever the figures are: two looks are the least, and no more are allowed.
  const text = LIGHT_STUDY.replace('cycles: 1', 'precision: 0.1, max_cycles: 6');
  await writeFile(join(place.dir, 'study.yaml'), text);
});
afterAll(() => place.remove());

it('goes on in the cycle that was added, or adds it when it was not yet there, and ends once', async () => {
  const { child, finished } = place.start(['run', 'study.yaml', '-o', 'out', '--json', '--skip-preflight']);
  for await (const { type, runId } of eventsOf(child)) {
    if (type === 'run-started' && runId?.startsWith('006_') === true) break;
  }
  child.kill('SIGKILL');
  await finished;
  const [name = ''] = await readdir(join(place.dir, 'out'));
  const dir = join(place.dir, 'out', name);
  const planFile = join(dir, 'plan.json');
  const cycles = async () => {
    const { runs } = planSchema.parse(JSON.parse(await readFile(planFile, 'utf8')));
    return runs.map(({ cycle }) => cycle);
  };
  expect(await cycles()).toEqual([1, 2, 3, 4, 5, 6]);

  const resumed = await place.llem(['resume', dir, '-q', '--skip-preflight']);
  expect(resumed.code).toBe(0);
  expect(resumed.stdout).toContain('6 of 6 runs completed, adaptive: 6 cycles');
  expect(await completedRuns(dir)).toHaveLength(6);
  await requireWhole(dir);
  const journal = await readFile(join(dir, 'journal.ndjson'), 'utf8');
  expect((await place.llem(['resume', dir, '-q'])).code).toBe(0);
  expect(await readFile(join(dir, 'journal.ndjson'), 'utf8')).toBe(journal);

  // As a kill leaves it between the end of the fifth cycle and the sixth in the plan.
  const plan = planSchema.parse(JSON.parse(await readFile(planFile, 'utf8')));
  await writeFile(planFile, JSON.stringify({ ...plan, runs: plan.runs.slice(0, 5) }));
  await writeFile(join(dir, 'journal.ndjson'), journal.replace(/^.*"cycle":6.*\n/gm, ''));
  const shown = await place.llem(['results', 'show', dir]);
  expect(shown.stdout.replaceAll(/\s+/g, ' ')).toContain('It has not come to its end.');
  const added = await place.llem(['resume', dir, '--skip-preflight']);
  expect(added.code).toBe(0);
  expect(added.stderr).toContain('Cycle 6 of at most 6 is added: ');
  expect(await cycles()).toEqual([1, 2, 3, 4, 5, 6]);
}, 120_000);
