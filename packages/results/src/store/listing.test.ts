import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fixturePlan, fixtureRecord } from '../study.fixture.js';
import { storeOptions, TABLES, temporaryFolder } from './folder.fixture.js';
import { listStudies } from './listing.js';
import { createRunStore } from './run-store.js';
import { readStudyDir } from './study-dir.js';

it('lists studies newest first with their state, and passes over everything else', async () => {
  const parent = await temporaryFolder();
  const options = storeOptions(parent, fixturePlan());
  const old = await createRunStore({ ...options, now: new Date('2025-12-31T23:59:59Z') });
  const done = await createRunStore(options);
  const second = await createRunStore({ ...options, plan: fixturePlan({ studyName: 'fixture' }) });
  for (const run of options.plan.runs) {
    const status = run.position === 1 ? 'failed' : 'completed';
    await done.commitRun(await done.openRun(run), fixtureRecord(run, { status }), TABLES);
  }
  await mkdir(join(parent, 'foreign'));
  await writeFile(join(parent, 'notes.txt'), 'mine');
  await symlink(join(parent, 'nowhere'), join(parent, 'dangling'));

  expect(await listStudies(parent)).toEqual([
    {
      name: 'fixture',
      startedAt: '2026-01-02T03:04:05.678Z',
      dir: second.dir,
      runs: { planned: 6, completed: 0, overloaded: 0, failed: 0, skipped: 0 },
      state: 'unfinished',
      problems: [],
    },
    {
      name: 'fixture',
      startedAt: '2026-01-02T03:04:05.678Z',
      dir: done.dir,
      runs: { planned: 6, completed: 5, overloaded: 0, failed: 1, skipped: 0 },
      state: 'complete',
      problems: [],
    },
    expect.objectContaining({ dir: old.dir, startedAt: '2025-12-31T23:59:59.000Z' }),
  ]);
});

it('names a study whose plan cannot be read, in the place of its time', async () => {
  const parent = await temporaryFolder();
  const broken = join(parent, 'broken');
  await mkdir(broken);
  await writeFile(join(broken, 'plan.json'), '{"schema":');
  const old = await createRunStore({
    ...storeOptions(parent, fixturePlan()),
    now: new Date('2025-12-31T23:59:59Z'),
  });
  expect(await listStudies(parent)).toEqual([
    expect.objectContaining({
      ...{ name: 'broken', dir: broken, runs: null, state: 'damaged' },
      problems: [expect.objectContaining({ file: 'plan.json' })],
    }),
    expect.objectContaining({ dir: old.dir, state: 'unfinished' }),
  ]);
});

it('does not count a run whose record cannot be read, as the results do not', async () => {
  const parent = await temporaryFolder();
  const options = storeOptions(parent, fixturePlan());
  const store = await createRunStore(options);
  const folders: string[] = [];
  for (const run of options.plan.runs) {
    const folder = await store.openRun(run);
    await store.commitRun(folder, fixtureRecord(run), TABLES);
    folders.push(folder.path);
  }
  await writeFile(join(folders[0] ?? '', 'record.json'), '{');
  const [listing] = await listStudies(parent);
  const { records, problems } = await readStudyDir(store.dir);
  expect(listing).toMatchObject({ runs: { planned: 6, completed: records.length }, state: 'damaged' });
  expect(records).toHaveLength(5);
  expect(listing?.problems).toEqual(problems);
});

it('lists nothing in a folder that does not exist or is empty', async () => {
  const parent = await temporaryFolder();
  expect(await listStudies(parent)).toEqual([]);
  expect(await listStudies(join(parent, 'missing'))).toEqual([]);
});

it('lists a study whose journal was lost, by the time of its plan', async () => {
  const parent = await temporaryFolder();
  const { dir } = await createRunStore(storeOptions(parent, fixturePlan()));
  await rm(join(dir, 'journal.ndjson'));
  const [listing] = await listStudies(parent);
  expect(listing).toMatchObject({ dir, state: 'damaged', problems: [{ file: 'journal.ndjson' }] });
  expect(Date.parse(listing?.startedAt ?? '')).not.toBeNaN();
});

it('refuses a file in the place of the folder', async () => {
  const path = join(await temporaryFolder(), 'results');
  await writeFile(path, '');
  await expect(listStudies(path)).rejects.toMatchObject({ code: 'LLEM_E_RESULTS' });
});
