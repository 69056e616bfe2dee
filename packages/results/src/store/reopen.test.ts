import { appendFile, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunRecord } from '@llem/core';
import { describe, expect, it } from 'vitest';
import { fixturePlan, fixtureRecord, runAt } from '../study.fixture.js';
import { errorOf } from './failure.fixture.js';
import { preflightAt, storeOptions, TABLES, temporaryFolder } from './folder.fixture.js';
import { preflightSchema } from './preflight-file.js';
import { reopenStudy, runsToDo } from './reopen.js';
import { createRunStore } from './run-store.js';
import { readStudyDir } from './study-dir.js';

const plan = fixturePlan();
const next = { plan, resolvedText: 'name: fixture\n', provenance: { llem: '0.1.0' }, anew: false };

/** A directory whose first runs ended so, and from which its writer has gone. */
async function leftAfter(...statuses: readonly RunRecord['status'][]): Promise<string> {
  const store = await createRunStore(storeOptions(await temporaryFolder(), plan));
  for (const [index, status] of statuses.entries()) {
    const folder = await store.openRun(runAt(plan, index + 1));
    await store.commitRun(folder, fixtureRecord(runAt(plan, index + 1), { status }), TABLES);
  }
  await store.close();
  return store.dir;
}

const journalOf = (dir: string) => readFile(join(dir, 'journal.ndjson'), 'utf8');

describe('a reopened study', () => {
  it('goes on where it was, with a new attempt at what was interrupted', async () => {
    const dir = await leftAfter('completed', 'interrupted', 'failed', 'overloaded');
    const reopened = await reopenStudy(dir);
    expect(reopened).toMatchObject({ dir, plan, notices: [], provenance: [{ llem: '0.1.0' }] });
    const { manifest } = await readStudyDir(dir);
    const positions = (failed: boolean) =>
      runsToDo(plan, manifest.runs, failed).map(({ position }) => position);
    expect(positions(false)).toEqual([2, 5, 6]);
    expect(positions(true)).toEqual([2, 3, 5, 6]);

    const store = await reopened.begin(next);
    const folder = await store.openRun(runAt(plan, 2));
    expect(folder.runId).toBe('002_bbb_c1_a2');
    await store.commitRun(folder, fixtureRecord(runAt(plan, 2), { attempt: 2 }), TABLES);
    await store.close();
    const after = await readStudyDir(dir);
    expect(after.manifest).toMatchObject({ counts: { completed: 2 }, invocations: [{}, {}] });
  });

  it('keeps what each invocation has found, also one that ends for it', async () => {
    const dir = await leftAfter('completed');
    const file = join(dir, 'preflight.json');
    const noted = async (at: string) => {
      const reopened = await reopenStudy(dir);
      await reopened.notePreflight(preflightAt(at));
      await reopened.close();
      const { invocations } = preflightSchema.parse(JSON.parse(await readFile(file, 'utf8')));
      return [invocations.map((entry) => entry.at), reopened.notices];
    };
    const first = '2026-01-02T03:04:05.000Z';
    expect(await noted('second')).toEqual([[first, 'second'], []]);
    expect(await noted('third')).toEqual([[first, 'second', 'third'], []]);
    await writeFile(file, '{');
    expect(await noted('fourth')).toEqual([
      ['fourth'],
      ['preflight.json cannot be read, and is begun anew.'],
    ]);
    await rm(file);
    expect(await noted('fifth')).toEqual([['fifth'], []]);
  });

  it('has the run to do again whose last attempt failed of something transient, once', async () => {
    const dir = await leftAfter('completed');
    const statusAfter = async (failureClass: string) => {
      const reopened = await reopenStudy(dir);
      const store = await reopened.begin(next);
      const folder = await store.openRun(runAt(plan, 2));
      const of = { status: 'failed', failureClass, attempt: folder.attempt } as const;
      await store.commitRun(folder, fixtureRecord(runAt(plan, 2), of), TABLES);
      await store.close();
      const { manifest } = await readStudyDir(dir);
      const toDo = runsToDo(plan, manifest.runs, false).some(({ position }) => position === 2);
      return [manifest.runs[1]?.status, toDo];
    };
    expect(await statusAfter('port-in-use')).toEqual(['open', true]);
    expect(await statusAfter('port-in-use')).toEqual(['failed', false]);

    const reopened = await reopenStudy(dir);
    await reopened.close();
    const failed = { experimentId: 'bbb', cycle: 1, status: 'failed', failureClass: 'port-in-use' };
    expect(reopened.past).toEqual([
      { experimentId: 'aaa', cycle: 1, status: 'completed', failureClass: null },
      failed,
      failed,
    ]);
  });

  it('adopts the class of a failure too, so that what is transient is tried again', async () => {
    const dir = await leftAfter();
    const reopened = await reopenStudy(dir);
    const store = await reopened.begin(next);
    const of = { status: 'failed', failureClass: 'port-in-use' } as const;
    await store.commitRun(await store.openRun(runAt(plan, 1)), fixtureRecord(runAt(plan, 1), of), TABLES);
    await store.close();
    const lines = (await journalOf(dir)).split('\n');
    await writeFile(join(dir, 'journal.ndjson'), `${lines.slice(0, -2).join('\n')}\n`);
    await (await reopenStudy(dir)).close();
    expect((await readStudyDir(dir)).manifest.runs[0]).toMatchObject({ status: 'open', attempts: 1 });
  });

  it('leaves runs that were given up as they are, unless failed ones are asked for', async () => {
    const dir = await leftAfter('failed', 'completed', 'interrupted');
    const store = await (await reopenStudy(dir)).begin(next);
    await store.skipRuns([runAt(plan, 1), runAt(plan, 3), runAt(plan, 5)], 'They only failed.');
    await store.close();
    const { manifest } = await readStudyDir(dir);
    // A failure tells more than that nothing further was tried.
    expect(manifest.runs.map(({ status }) => status)).toEqual([
      ...['failed', 'completed', 'skipped', 'waiting', 'skipped', 'waiting'],
    ]);
    const positions = (failed: boolean) =>
      runsToDo(plan, manifest.runs, failed).map(({ position }) => position);
    expect(positions(false)).toEqual([4, 6]);
    expect(positions(true)).toEqual([1, 3, 4, 5, 6]);
  });

  it('takes failed runs up again where asked for, also when that is cut off at once, and counts anew', async () => {
    const dir = await leftAfter('failed', 'completed', 'interrupted');
    const before = await (await reopenStudy(dir)).begin(next);
    await before.skipRuns([runAt(plan, 5)], 'They only failed.');
    await before.close();

    const store = await (await reopenStudy(dir)).begin({ ...next, anew: true });
    await store.close();
    const cutOff = await readStudyDir(dir);
    expect(cutOff.manifest.runs.map(({ status }) => status)).toEqual([
      ...['open', 'completed', 'interrupted', 'waiting', 'waiting', 'waiting'],
    ]);

    const again = await reopenStudy(dir);
    expect(again.past).toEqual([]);
    const goneOn = await again.begin(next);
    const folder = await goneOn.openRun(runAt(plan, 1));
    const of = { status: 'failed', failureClass: 'port-in-use', attempt: folder.attempt } as const;
    await goneOn.commitRun(folder, fixtureRecord(runAt(plan, 1), of), TABLES);
    await goneOn.close();
    // The second failure in all, and the first that counts: it is tried again.
    expect((await readStudyDir(dir)).manifest.runs[0]).toMatchObject({ status: 'open', attempts: 2 });
    const last = await reopenStudy(dir);
    await last.close();
    expect(last.past).toHaveLength(1);
  });

  it('says which line of its journal cannot be read', async () => {
    const dir = await leftAfter('completed', 'failed');
    const lines = (await journalOf(dir)).split('\n');
    await writeFile(join(dir, 'journal.ndjson'), lines.with(1, 'no JSON').join('\n'));
    const reopened = await reopenStudy(dir);
    await reopened.close();
    expect(reopened.notices).toContain('journal.ndjson: Line 2 cannot be read and is left out.');
  });

  it('counts an attempt that was started and never ended as not done', async () => {
    const dir = await leftAfter('completed');
    const reopened = await reopenStudy(dir);
    const store = await reopened.begin(next);
    await store.openRun(runAt(plan, 2));
    await store.close();
    const again = await reopenStudy(dir);
    const { manifest } = await readStudyDir(dir);
    expect(runsToDo(plan, manifest.runs, false).map(({ position }) => position)).toEqual([2, 3, 4, 5, 6]);
    const folder = await (await again.begin(next)).openRun(runAt(plan, 2));
    expect(folder.attempt).toBe(2);
  });

  it('cut off at any byte of its journal is repaired, and loses no run whose record is whole', async () => {
    const dir = await leftAfter('completed', 'failed');
    const whole = await readFile(join(dir, 'journal.ndjson'));
    const firstLine = whole.indexOf('\n') + 1;
    for (let bytes = firstLine; bytes <= whole.length; bytes += 13) {
      await writeFile(join(dir, 'journal.ndjson'), whole.subarray(0, bytes));
      const started = whole.subarray(0, bytes).toString().split('\n').slice(0, -1);
      const opened = new Set(started.flatMap((line) => /"runId":"([^"]+)"/.exec(line)?.[1] ?? []));
      await (await reopenStudy(dir)).close();
      const { records, problems } = await readStudyDir(dir);
      expect(problems).toEqual([]);
      // Without its line of the start nothing is known of an attempt; else its whole record counts.
      for (const runId of opened) expect(records.map((record) => record.runId)).toContain(runId);
      expect((await journalOf(dir)).endsWith('\n')).toBe(true);
    }
  });

  it.each(['is gone', 'is torn'])('measures again what was cut off when the record %s', async (how) => {
    const dir = await leftAfter('completed');
    const text = await journalOf(dir);
    await writeFile(join(dir, 'journal.ndjson'), `${text.split('\n').slice(0, 2).join('\n')}\n`);
    const record = join(dir, 'runs', '001_aaa_c1_a1', 'record.json');
    await (how === 'is gone' ? rm(record) : writeFile(record, '{"schema": "llem.rec'));
    await writeFile(join(dir, 'runs', '001_aaa_c1_a1', '.record.json.0123456789ab.tmp'), '{');
    await (await reopenStudy(dir)).close();
    const { manifest } = await readStudyDir(dir);
    expect(manifest.runs[0]).toMatchObject({ status: 'open' });
    expect(
      (await readdir(join(dir, 'runs', '001_aaa_c1_a1'))).filter((name) => name.endsWith('.tmp')),
    ).toEqual([]);
  });

  it('cuts a torn last line off and says so', async () => {
    const dir = await leftAfter('completed');
    const before = await journalOf(dir);
    await appendFile(join(dir, 'journal.ndjson'), '{"t":"2026-01-02T03:04:05Z","event":"compl');
    const reopened = await reopenStudy(dir);
    await reopened.close();
    expect(reopened.notices).toEqual([expect.stringContaining('torn')]);
    expect(await journalOf(dir)).toBe(before);
  });

  it('is refused while somebody writes it, and without its journal', async () => {
    const store = await createRunStore(storeOptions(await temporaryFolder(), plan));
    await errorOf('LLEM_E_STORE', reopenStudy(store.dir));
    await store.close();
    await rm(join(store.dir, 'journal.ndjson'));
    expect((await errorOf('LLEM_E_RESULTS', reopenStudy(store.dir))).message).toContain('journal.ndjson');
  });
});
