import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parquetReadObjects } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { fixturePlan, fixtureRecord, runAt } from '../study.fixture.js';
import { errorOf } from './failure.fixture.js';
import { preflightAt, storeOptions, TABLES, temporaryFolder } from './folder.fixture.js';
import { isRunEntry, parseJournal } from './journal.js';
import { manifestSchema } from './manifest.js';
import { readRequests, readSamples } from './parquet.js';
import { createRunStore } from './run-store.js';

async function fixtureStore(plan = fixturePlan()) {
  const parent = await temporaryFolder();
  const store = await createRunStore(storeOptions(parent, plan));
  const events = async () =>
    parseJournal(await readFile(join(store.dir, 'journal.ndjson'), 'utf8')).entries.map((entry) =>
      isRunEntry(entry) ? `${entry.event} ${entry.runId}` : entry.event,
    );
  const manifest = async () =>
    manifestSchema.parse(JSON.parse(await readFile(join(store.dir, 'manifest.json'), 'utf8')));
  return { parent, plan, store, events, manifest };
}

const storeErrorOf = (promise: Promise<unknown>) => errorOf('LLEM_E_STORE', promise);

describe('a new result directory', () => {
  it('is named after the study and its start and holds what repeats it', async () => {
    const { store, plan, manifest } = await fixtureStore();
    expect(store.dir).toMatch(/\/fixture_20260102T030405Z$/);
    expect(await readFile(join(store.dir, 'study.yaml'), 'utf8')).toBe('name: fixture # as written\n');
    expect(await readFile(join(store.dir, 'resolved.yaml'), 'utf8')).toBe('name: fixture\n');
    expect(JSON.parse(await readFile(join(store.dir, 'plan.json'), 'utf8'))).toEqual(plan);
    expect(JSON.parse(await readFile(join(store.dir, 'preflight.json'), 'utf8'))).toEqual({
      schema: 'llem.preflight/1',
      invocations: [preflightAt('2026-01-02T03:04:05.000Z')],
    });
    expect(await manifest()).toMatchObject({
      state: 'unfinished',
      counts: { planned: 6, waiting: 6 },
      invocations: [{ startedAt: '2026-01-02T03:04:05.678Z', provenance: { llem: '0.1.0' } }],
    });
  });

  it('has no study.yaml where the study came without a file', async () => {
    const parent = await temporaryFolder();
    const store = await createRunStore({ ...storeOptions(parent, fixturePlan()), studyText: null });
    expect(await readdir(store.dir)).not.toContain('study.yaml');
  });

  it('is another one for each of many studies that start in the same second', async () => {
    const parent = await temporaryFolder();
    const stores = await Promise.all(
      Array.from({ length: 8 }, () => createRunStore(storeOptions(parent, fixturePlan()))),
    );
    expect(new Set(stores.map((store) => store.dir)).size).toBe(8);
    expect((await readdir(parent)).sort()).toContain('fixture_20260102T030405Z_8');
  });

  it('is made together with its missing parents', async () => {
    const parent = await temporaryFolder();
    const store = await createRunStore(storeOptions(join(parent, 'a', 'b'), fixturePlan()));
    expect(store.dir.startsWith(join(parent, 'a', 'b'))).toBe(true);
  });

  it.each(['../../escape', '/etc', '.hidden', 'a\u0000b\n', '', 'é'.repeat(300)])(
    'stays inside its parent for the study name %j',
    async (studyName) => {
      const parent = await temporaryFolder();
      const store = await createRunStore(storeOptions(join(parent, 'in'), fixturePlan({ studyName })));
      expect(await readdir(join(parent, 'in'))).toEqual([store.dir.slice(join(parent, 'in').length + 1)]);
      expect(await readdir(parent)).toEqual(['in']);
    },
  );

  it('cannot be made where a file stands, and says so', async () => {
    const parent = await temporaryFolder();
    await writeFile(join(parent, 'results'), '');
    const error = await storeErrorOf(createRunStore(storeOptions(join(parent, 'results'), fixturePlan())));
    expect(error.message).toContain(join(parent, 'results'));
    expect(error.remedy).toContain('--output');
  });
});

describe('a run', () => {
  it('is on disk whole once it is committed', async () => {
    const { store, plan, events, manifest } = await fixtureStore();
    const folder = await store.openRun(runAt(plan, 1));
    expect(folder).toMatchObject({
      runId: '001_aaa_c1_a1',
      attempt: 1,
      path: join(store.dir, 'runs', '001_aaa_c1_a1'),
      logPath: join(store.dir, 'runs', '001_aaa_c1_a1', 'engine.log'),
    });
    expect((await manifest()).runs[0]).toMatchObject({ status: 'open', runId: '001_aaa_c1_a1' });

    const record = fixtureRecord(runAt(plan, 1));
    await store.commitRun(folder, record, TABLES);

    expect((await readdir(folder.path)).sort()).toEqual([
      'record.json',
      'requests.parquet',
      'samples.parquet',
    ]);
    expect(JSON.parse(await readFile(join(folder.path, 'record.json'), 'utf8'))).toEqual(record);
    expect(await readRequests(folder.path)).toEqual([
      { request: 0, ttft_ms: 12.5, outcome: 'completed', inside: true },
      { request: 1, ttft_ms: null, outcome: 'failed', inside: false },
    ]);
    expect(await readSamples(folder.path)).toEqual([{ t_s: 0 }, { t_s: 0.1 }, { t_s: null }]);
    expect(await events()).toEqual(['study', 'started 001_aaa_c1_a1', 'completed 001_aaa_c1_a1']);
    expect((await manifest()).counts).toMatchObject({ completed: 1, open: 0, waiting: 5 });
  });

  it('that is opened again is another attempt in a folder of its own', async () => {
    const { store, plan, manifest } = await fixtureStore();
    const first = await store.openRun(runAt(plan, 1));
    await store.commitRun(first, fixtureRecord(runAt(plan, 1), { status: 'failed' }), TABLES);
    const second = await store.openRun(runAt(plan, 1));
    expect(second.runId).toBe('001_aaa_c1_a2');
    await store.commitRun(second, fixtureRecord(runAt(plan, 1), { attempt: 2 }), TABLES);
    expect((await manifest()).runs[0]).toMatchObject({
      status: 'completed',
      runId: '001_aaa_c1_a2',
      attempts: 2,
    });
  });

  it('never shares a folder with another that is opened at the same time', async () => {
    const { store, plan } = await fixtureStore();
    const folders = await Promise.all(Array.from({ length: 5 }, () => store.openRun(runAt(plan, 1))));
    expect(folders.map((folder) => folder.attempt)).toEqual([1, 2, 3, 4, 5]);
  });

  it('leaves every event in the journal when many are committed at the same time', async () => {
    const { store, plan, events, manifest } = await fixtureStore();
    await Promise.all(
      plan.runs.map(async (run) => store.commitRun(await store.openRun(run), fixtureRecord(run), TABLES)),
    );
    expect(await events()).toHaveLength(13);
    expect(await manifest()).toMatchObject({ state: 'complete', counts: { completed: 6 } });
  });

  it('is committed once only', async () => {
    const { store, plan, events } = await fixtureStore();
    const folder = await store.openRun(runAt(plan, 1));
    await store.commitRun(folder, fixtureRecord(runAt(plan, 1)), TABLES);
    await storeErrorOf(store.commitRun(folder, fixtureRecord(runAt(plan, 1)), TABLES));
    expect(await events()).toHaveLength(3);
  });

  it('stays inside the result directory whatever its experiment is called', async () => {
    const { store, plan } = await fixtureStore();
    const folder = await store.openRun({ ...runAt(plan, 1), experimentId: '../../../x' });
    expect(folder.path.startsWith(join(store.dir, 'runs', '001_'))).toBe(true);
    expect(await readdir(join(store.dir, 'runs'))).toEqual([folder.runId]);
  });

  it('that was overloaded has its tokens too, and is noted as what it was', async () => {
    const { store, plan, events, manifest } = await fixtureStore();
    const folder = await store.openRun(runAt(plan, 1));
    const tokens = [
      { name: 'at_ms', type: 'double', values: Float64Array.from([0.5, 20.25, 41]) },
      { name: 'request', type: 'int32', values: Int32Array.from([0, 1, 0]) },
    ] as const;
    const record = fixtureRecord(runAt(plan, 1), { status: 'overloaded' });
    await store.commitRun(folder, record, { ...TABLES, tokens: [tokens] });
    const file = new Uint8Array(await readFile(join(folder.path, 'tokens.parquet'))).buffer;
    expect(await parquetReadObjects({ file })).toEqual([
      { at_ms: 0.5, request: 0 },
      { at_ms: 20.25, request: 1 },
      { at_ms: 41, request: 0 },
    ]);
    expect((await events()).at(-1)).toBe('overloaded 001_aaa_c1_a1');
    expect((await manifest()).counts).toMatchObject({ completed: 0, overloaded: 1, open: 0 });
  });

  it('that is given up is noted with the reason, and has no folder', async () => {
    const { store, plan, events, manifest } = await fixtureStore();
    await store.skipRuns([runAt(plan, 1), runAt(plan, 3)], 'They only failed.');
    expect(await events()).toEqual(['study', 'skipped', 'skipped']);
    expect(await readdir(join(store.dir, 'runs'))).toEqual([]);
    const { counts, runs, state } = await manifest();
    expect({ counts, state }).toMatchObject({ counts: { skipped: 2, waiting: 4 }, state: 'unfinished' });
    expect(runs[2]).toMatchObject({
      ...{ status: 'skipped', runId: null, attempts: 0, skipReason: 'They only failed.' },
    });
    expect(runs[1]?.skipReason).toBeNull();
  });

  it('is refused with a record of another run, and its tables stay', async () => {
    const { store, plan, events } = await fixtureStore();
    const folder = await store.openRun(runAt(plan, 1));
    const error = await storeErrorOf(store.commitRun(folder, fixtureRecord(runAt(plan, 2)), TABLES));
    expect(error.message).toContain('of another run');
    expect(await readdir(folder.path)).toEqual(['requests.parquet', 'samples.parquet']);
    expect(await events()).toHaveLength(2);
  });

  it('is refused with a record that holds NaN, by its path', async () => {
    const { store, plan, events } = await fixtureStore();
    const folder = await store.openRun(runAt(plan, 1));
    const record = { ...fixtureRecord(runAt(plan, 1)), seed: Number.NaN };
    const error = await storeErrorOf(store.commitRun(folder, record, TABLES));
    expect(error.message).toContain('seed');
    expect(await events()).toHaveLength(2);
  });

  it('is refused with a table whose columns differ in length', async () => {
    const { store, plan } = await fixtureStore();
    const folder = await store.openRun(runAt(plan, 1));
    const samples = [
      { name: 'a', type: 'double', values: [1] },
      { name: 'b', type: 'double', values: [] },
    ] as const;
    const error = await storeErrorOf(
      store.commitRun(folder, fixtureRecord(runAt(plan, 1)), { ...TABLES, samples: [samples] }),
    );
    expect(error.message).toContain('samples.parquet');
  });
});

describe('a failure between the steps of a commit', () => {
  it.each(['requests.parquet', 'samples.parquet', 'record.json'])(
    'at %s leaves no line in the journal and no temporary file',
    async (blocked) => {
      const { store, plan, events } = await fixtureStore();
      const folder = await store.openRun(runAt(plan, 1));
      await mkdir(join(folder.path, blocked));
      await storeErrorOf(store.commitRun(folder, fixtureRecord(runAt(plan, 1)), TABLES));
      expect(await events()).toEqual(['study', 'started 001_aaa_c1_a1']);
      expect((await readdir(folder.path)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    },
  );

  it('at the record can be made good: the same run is committed once there is a place for it', async () => {
    const { store, plan, events } = await fixtureStore();
    const folder = await store.openRun(runAt(plan, 1));
    await mkdir(join(folder.path, 'record.json'));
    await storeErrorOf(store.commitRun(folder, fixtureRecord(runAt(plan, 1)), TABLES));
    await rm(join(folder.path, 'record.json'), { recursive: true });
    await store.commitRun(folder, fixtureRecord(runAt(plan, 1)), TABLES);
    expect(await events()).toEqual(['study', 'started 001_aaa_c1_a1', 'completed 001_aaa_c1_a1']);
  });

  it('at the manifest leaves the journal line, and the next manifest tells it', async () => {
    const { store, plan, events, manifest } = await fixtureStore();
    const folder = await store.openRun(runAt(plan, 1));
    await rm(join(store.dir, 'manifest.json'));
    await mkdir(join(store.dir, 'manifest.json'));
    await storeErrorOf(store.commitRun(folder, fixtureRecord(runAt(plan, 1)), TABLES));
    expect(await events()).toContain('completed 001_aaa_c1_a1');
    await rm(join(store.dir, 'manifest.json'), { recursive: true });
    await store.openRun(runAt(plan, 2));
    expect((await manifest()).counts).toMatchObject({ completed: 1, open: 1 });
  });

  it('because somebody removed the result directory is told, and the directory is not made again', async () => {
    const { store, plan } = await fixtureStore();
    const folder = await store.openRun(runAt(plan, 1));
    await rm(store.dir, { recursive: true });
    const error = await storeErrorOf(store.commitRun(folder, fixtureRecord(runAt(plan, 1)), TABLES));
    expect(error.remedy).toContain('removed');
    await storeErrorOf(store.openRun(runAt(plan, 2)));
    expect(existsSync(store.dir)).toBe(false);
  });

  it('because somebody removed the journal is told, and an empty one does not take its place', async () => {
    const { store, plan } = await fixtureStore();
    const folder = await store.openRun(runAt(plan, 1));
    await rm(join(store.dir, 'journal.ndjson'));
    await storeErrorOf(store.commitRun(folder, fixtureRecord(runAt(plan, 1)), TABLES));
    expect(await readdir(store.dir)).not.toContain('journal.ndjson');
  });

  it.skipIf(!existsSync('/dev/full'))('because the disk is full says to make room', async () => {
    const { store, plan } = await fixtureStore();
    const folder = await store.openRun(runAt(plan, 1));
    await rm(join(store.dir, 'journal.ndjson'));
    await symlink('/dev/full', join(store.dir, 'journal.ndjson'));
    const error = await storeErrorOf(store.commitRun(folder, fixtureRecord(runAt(plan, 1)), TABLES));
    expect(error.remedy).toContain('Make room');
    expect(await readdir(folder.path)).toContain('record.json');
  });
});
