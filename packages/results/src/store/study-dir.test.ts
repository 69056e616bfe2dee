import { appendFile, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunRecord } from '@llem/core';
import { describe, expect, it } from 'vitest';
import { fixturePlan, fixtureRecord, runAt, type FixtureRecord } from '../study.fixture.js';
import { errorOf } from './failure.fixture.js';
import { storeOptions, TABLES, temporaryFolder } from './folder.fixture.js';
import { createRunStore } from './run-store.js';
import { readStudyDir } from './study-dir.js';

const plan = fixturePlan();

/** A result directory in which these runs were committed, in order. */
async function directoryWith(runs: readonly (readonly [position: number, of?: FixtureRecord])[]) {
  const store = await createRunStore(storeOptions(await temporaryFolder(), plan));
  for (const [position, of] of runs) {
    const folder = await store.openRun(runAt(plan, position));
    await store.commitRun(
      folder,
      fixtureRecord(runAt(plan, position), { ...of, attempt: folder.attempt }),
      TABLES,
    );
  }
  return { dir: store.dir, store };
}

const idsOf = (records: readonly RunRecord[]) => records.map((record) => record.runId);

describe('a result directory', () => {
  it('is read back as it was written', async () => {
    const { dir } = await directoryWith([[2], [1]]);
    const results = await readStudyDir(dir);
    expect(results).toMatchObject({ dir, plan, problems: [] });
    expect(idsOf(results.records)).toEqual(['001_aaa_c1_a1', '002_bbb_c1_a1']);
    expect(idsOf(results.attempts)).toEqual(['002_bbb_c1_a1', '001_aaa_c1_a1']);
    expect(results.records[0]).toEqual(fixtureRecord(runAt(plan, 1)));
    expect(results.manifest).toEqual(JSON.parse(await readFile(join(dir, 'manifest.json'), 'utf8')));
  });

  it('without any run is read as one', async () => {
    const { dir } = await directoryWith([]);
    expect(await readStudyDir(dir)).toMatchObject({
      records: [],
      problems: [],
      manifest: { state: 'unfinished' },
    });
  });

  it('counts the last completed attempt, even where a later one failed', async () => {
    const { dir } = await directoryWith([
      [1, { status: 'failed' }],
      [1],
      [1],
      [1, { status: 'failed' }],
      [2, { status: 'failed' }],
      [2, { status: 'interrupted' }],
    ]);
    const { records, attempts, manifest } = await readStudyDir(dir);
    expect(idsOf(records)).toEqual(['001_aaa_c1_a3', '002_bbb_c1_a2']);
    expect(attempts).toHaveLength(6);
    expect(manifest.runs.slice(0, 2)).toMatchObject([
      { status: 'completed', runId: '001_aaa_c1_a3', attempts: 4 },
      { status: 'interrupted', runId: '002_bbb_c1_a2', attempts: 2 },
    ]);
  });

  it('counts an overloaded attempt as an answer: a later one that was cut off does not replace it', async () => {
    const { dir } = await directoryWith([
      [1, { status: 'failed' }],
      [1, { status: 'overloaded' }],
      [1, { status: 'interrupted' }],
      [2],
      [2, { status: 'overloaded' }],
    ]);
    const { records, manifest } = await readStudyDir(dir);
    expect(idsOf(records)).toEqual(['001_aaa_c1_a2', '002_bbb_c1_a2']);
    expect(manifest.counts).toMatchObject({ completed: 0, overloaded: 2, interrupted: 0 });
    expect(manifest.runs[0]).toMatchObject({ status: 'overloaded', runId: '001_aaa_c1_a2', attempts: 3 });
  });

  it.each(['{"t":"2026-01-02T03:04:05Z","event":"compl', '\u0000\u0000\u0000', '{"event":"study"}'])(
    'with the torn last line %j keeps what came before and says so',
    async (torn) => {
      const { dir, store } = await directoryWith([[1]]);
      await appendFile(join(dir, 'journal.ndjson'), torn);
      const before = await readStudyDir(dir);
      expect(idsOf(before.records)).toEqual(['001_aaa_c1_a1']);
      expect(before.problems).toMatchObject([{ file: 'journal.ndjson' }]);
      expect(before.problems[0]?.message).toContain('torn');

      const folder = await store.openRun(runAt(plan, 2));
      await store.commitRun(folder, fixtureRecord(runAt(plan, 2)), TABLES);
      const after = await readStudyDir(dir);
      expect(idsOf(after.records)).toEqual(['001_aaa_c1_a1', '002_bbb_c1_a1']);
      expect(after.problems).toHaveLength(1);
    },
  );

  it('cut off at any byte of its journal never counts a run that was not committed', async () => {
    const { dir } = await directoryWith([[1], [2, { status: 'failed' }]]);
    const journal = join(dir, 'journal.ndjson');
    const whole = await readFile(journal);
    for (let bytes = 0; bytes <= whole.length; bytes += 7) {
      await writeFile(journal, whole.subarray(0, bytes));
      const { records, manifest, problems } = await readStudyDir(dir);
      const { completed, failed } = manifest.counts;
      expect(records).toHaveLength(completed + failed);
      expect(problems.every(({ file }) => file === 'journal.ndjson')).toBe(true);
    }
  });

  it.each([
    ['is gone', (path: string) => rm(path)],
    ['is no JSON', (path: string) => writeFile(path, '{"schema": "llem.rec')],
    ['is no record', (path: string) => writeFile(path, '{"schema": "llem.record/1"}')],
    ['is null', (path: string) => writeFile(path, 'null')],
  ])('with a record that %s names it and reads the others', async (_, damage) => {
    const { dir } = await directoryWith([[1], [2]]);
    await damage(join(dir, 'runs', '001_aaa_c1_a1', 'record.json'));
    const { records, problems } = await readStudyDir(dir);
    expect(idsOf(records)).toEqual(['002_bbb_c1_a1']);
    expect(problems).toMatchObject([{ file: 'runs/001_aaa_c1_a1/record.json' }]);
  });

  it('with a record in the place of another leaves it out', async () => {
    const { dir } = await directoryWith([[1], [2]]);
    await cp(
      join(dir, 'runs', '002_bbb_c1_a1', 'record.json'),
      join(dir, 'runs', '001_aaa_c1_a1', 'record.json'),
    );
    const { records, problems } = await readStudyDir(dir);
    expect(idsOf(records)).toEqual(['002_bbb_c1_a1']);
    expect(problems).toHaveLength(1);
  });

  it('does not follow a journal out of the directory', async () => {
    const { dir } = await directoryWith([[1]]);
    const line = {
      t: 'x',
      event: 'completed',
      runId: '../../../etc',
      experimentId: 'aaa',
      cycle: 1,
      attempt: 9,
    };
    await appendFile(join(dir, 'journal.ndjson'), `${JSON.stringify(line)}\n`);
    const { records, problems } = await readStudyDir(dir);
    expect(idsOf(records)).toEqual(['001_aaa_c1_a1']);
    expect(problems[0]?.message).toContain('outside');
  });

  it('without a journal says that no run counts', async () => {
    const { dir } = await directoryWith([[1]]);
    await rm(join(dir, 'journal.ndjson'));
    const { records, problems } = await readStudyDir(dir);
    expect(records).toEqual([]);
    expect(problems).toMatchObject([{ file: 'journal.ndjson' }]);
  });
});

describe('what is no result directory', () => {
  const refused = (path: string) => errorOf('LLEM_E_RESULTS', readStudyDir(path));

  it('is refused with what to do', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'a-file'), '');
    for (const path of [folder, join(folder, 'missing'), join(folder, 'a-file')]) {
      const { message, remedy } = await refused(path);
      expect(message).toBe(`${path} is not a result directory: there is no plan.json in it.`);
      expect(remedy).toContain('results list');
    }
  });

  it('includes one whose plan is damaged or of another version', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'plan.json'), '{');
    await refused(folder);
    await writeFile(join(folder, 'plan.json'), JSON.stringify({ ...plan, schema: 'llem.plan/99' }));
    expect((await refused(folder)).message).toContain('schema');
    await rm(join(folder, 'plan.json'));
    await mkdir(join(folder, 'plan.json'));
    await refused(folder);
  });
});
