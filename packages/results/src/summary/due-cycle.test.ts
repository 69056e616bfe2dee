/** Cycles added to a study on disk, with runs whose figures are known beforehand. */
import type { Plan, PlannedRun, RunFolder } from '@llem/core';
import { expect, it } from 'vitest';
import { storeOptions, TABLES, temporaryFolder } from '../store/folder.fixture.js';
import { reopenStudy, runsToDo } from '../store/reopen.js';
import { createRunStore, type StudyStore } from '../store/run-store.js';
import { readStudyDir } from '../store/study-dir.js';
import { fixtureMeasurement, fixturePlan, fixtureRecord } from '../study.fixture.js';
import { cyclesOf } from './adaptive.js';
import { addDueCycle } from './due-cycle.js';

const PRECISION = { precision: 0.02, max_cycles: 12 };
const PLAN = fixturePlan({ cycles: 5, precision: PRECISION });
const created = async () => createRunStore(storeOptions(await temporaryFolder(), PLAN));

/** The cycle that a plan of more cycles has next. */
function next(plan: Plan): PlannedRun[] {
  const cycles = cyclesOf(plan) + 1;
  return fixturePlan({ cycles, precision: PRECISION }).runs.filter(({ cycle }) => cycle === cycles);
}

/** Of `aaa` always the same; of `bbb` far off in the second cycle, so that it takes some more. */
const joulesOf = ({ experimentId, cycle }: PlannedRun): number =>
  experimentId === 'bbb' && cycle === 2 ? 0.53 : 0.5;

function commit(store: StudyStore, run: PlannedRun, folder: RunFolder): Promise<void> {
  const measurement = fixtureMeasurement({ joulesPerOutputToken: joulesOf(run) });
  return store.commitRun(folder, fixtureRecord(run, { attempt: folder.attempt, measurement }), TABLES);
}

/** Carries a study out to its end and tells what was added. */
async function undisturbed(store: StudyStore) {
  const added: { cycle: number; widest: number | null }[] = [];
  let runs: readonly PlannedRun[] = PLAN.runs;
  while (runs.length > 0) {
    for (const run of runs) await commit(store, run, await store.openRun(run));
    const due = await addDueCycle(store, next);
    if (due) added.push({ cycle: due.cycle, widest: due.widest });
    runs = due?.runs ?? [];
  }
  await store.close();
  return added;
}

/** The same, with llem gone after every single write, and another one going on from what is on disk. */
async function killedAgainAndAgain(first: StudyStore): Promise<void> {
  await first.close();
  for (let step = 0; ; step += 1) {
    const reopened = await reopenStudy(first.dir);
    const { plan } = reopened;
    const { manifest } = await readStudyDir(first.dir);
    const store = await reopened.begin({
      plan,
      resolvedText: 'name: fixture\n',
      provenance: {},
      anew: false,
    });
    const [run] = runsToDo(plan, manifest.runs, false);
    const isOver = run === undefined && (await addDueCycle(store, next)) === null;
    if (run) {
      const folder = await store.openRun(run);
      // Every third attempt is cut off before its end.
      if (step % 3 !== 2) await commit(store, run, folder);
    }
    await store.close();
    if (isOver) return;
  }
}

it('adds whole cycles to the plan on disk until the figures are precise', async () => {
  const store = await created();
  const added = await undisturbed(store);
  // Within ±2 % after the eighth for the first time, and once more after the ninth.
  expect(added.map(({ cycle, widest }) => [cycle, ((widest ?? 0) * 100).toFixed(2)])).toEqual([
    [6, '3.24'],
    [7, '2.50'],
    [8, '2.04'],
    [9, '1.72'],
  ]);
  const { plan, manifest } = await readStudyDir(store.dir);
  expect(plan.runs.map(({ position }) => position)).toEqual(Array.from({ length: 18 }, (_, at) => at + 1));
  expect(plan.runs.slice(0, 10)).toEqual(PLAN.runs);
  expect(manifest).toMatchObject({ state: 'complete', counts: { planned: 18, completed: 18 } });
});

it('decides the same however often the study is cut off, and measures no run twice', async () => {
  const [calm, cut] = [await created(), await created()];
  await undisturbed(calm);
  await killedAgainAndAgain(cut);
  const [one, other] = [await readStudyDir(calm.dir), await readStudyDir(cut.dir)];
  expect(other.plan).toEqual(one.plan);
  expect(other.manifest.runs.map(({ status }) => status)).toEqual(
    one.manifest.runs.map(({ status }) => status),
  );
  expect(other.records).toHaveLength(18);
  expect(other.attempts).toHaveLength(18);
});
