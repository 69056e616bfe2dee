/** A study that is killed again and again and resumed each time, and what must hold of its directory after it. */
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SIMULATED_LLAMA_SERVER } from '@llem/testkit';
import { expect, vi } from 'vitest';
import { z } from 'zod';
import { eventsOf, marked, type Workplace } from './llem.js';

/** Every run of these takes about two seconds, most of it its window. The engine computes nothing. */
export const KILLED_STUDY = `name: killed
model: llem/tiny-1m
backend: llamacpp
workload: { input_tokens: 8, output_tokens: 8 }
measure: { min_seconds: 1, idle_bare_s: 0, settle_s: 0, idle_loaded_s: 0, warmup: { max_s: 0 } }
sweep: { workload.concurrency: [1, 2] }
execution: { cycles: 2, gaps: { between_runs_s: 0 } }
llamacpp: { executable: ${SIMULATED_LLAMA_SERVER} }
`;

const lineSchema = z.object({
  event: z.string(),
  runId: z.string().optional(),
  experimentId: z.string().optional(),
  cycle: z.number().optional(),
});

export async function journalOf(dir: string): Promise<z.output<typeof lineSchema>[]> {
  // A line that a kill tore is not an event.
  const text = (await readFile(join(dir, 'journal.ndjson'), 'utf8')).replace(/[^\n]*$/, '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => lineSchema.parse(JSON.parse(line)));
}

/** `experiment cycle` of every completed line. */
export async function completedRuns(dir: string): Promise<string[]> {
  const lines = await journalOf(dir);
  return lines
    .filter(({ event }) => event === 'completed')
    .map(({ experimentId, cycle }) => `${experimentId} ${cycle}`)
    .sort();
}

const isEnd = (event: string) => event === 'completed' || event === 'failed';

/** What became of every run that has come to an end: `experiment cycle outcome`. */
export async function endedRuns(dir: string): Promise<string[]> {
  const outcomes = new Map<string, string>();
  for (const { event, experimentId, cycle } of await journalOf(dir)) {
    if (isEnd(event)) outcomes.set(`${experimentId} ${cycle}`, event);
  }
  return [...outcomes].map(([run, outcome]) => `${run} ${outcome}`).sort();
}

/** What the study comes to when nothing disturbs it. */
export async function undisturbed(place: Workplace, study: string): Promise<string[]> {
  const file = join(place.dir, 'undisturbed.yaml');
  await writeFile(file, study);
  await place.llem(['run', file, '--output', 'undisturbed', '--quiet', '--skip-preflight']);
  const [name = ''] = await readdir(join(place.dir, 'undisturbed'));
  return endedRuns(join(place.dir, 'undisturbed', name));
}

/** A small generator with a seed, so that the moments are the same each time (Numerical Recipes' LCG). */
export function moments(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * Kills a study of `runs` runs `kills` times at random moments, each up to `withinMs` after a directory is there or resumed; then lets
 * it finish. A study that finishes before is begun anew. Gives the directories, the last one finished undisturbed.
 */
export async function killedAgainAndAgain(
  place: Workplace,
  { study, runs }: { readonly study: string; readonly runs: number },
  kills: number,
  seed: number,
  withinMs: number,
): Promise<string[]> {
  await writeFile(join(place.dir, 'study.yaml'), study);
  const random = moments(seed);
  const dirs: string[] = [];
  let dir: string | null = null;
  let records = new Map<string, Buffer>();
  for (let kill = 0; kill < kills; kill += 1) {
    const args: string[] =
      dir === null ? ['run', 'study.yaml', '--output', 'out'] : ['resume', dir, '--cycles', '2'];
    const { child, finished } = place.start([...args, '--json', '--skip-preflight']);
    for await (const event of eventsOf(child)) {
      if (event.type === 'study-started') {
        dir ??= event.dir ?? null;
        break;
      }
    }
    await Promise.race([sleep(random() * withinMs), once(child, 'exit')]);
    child.kill('SIGKILL');
    await finished;
    if (dir === null) throw new Error('the study did not start');
    records = await requireKept(dir, records);
    if ((await endedRuns(dir)).length === runs) {
      dirs.push(dir);
      dir = null;
      records = new Map();
    }
  }
  if (dir !== null) {
    const { code, stderr } = await place.llem(['resume', dir, '--quiet', '--skip-preflight']);
    expect(stderr).toBe('');
    expect(code).toBe((await completedRuns(dir)).length === runs ? 0 : 3);
    await requireKept(dir, records);
    dirs.push(dir);
  }
  // The folders of this place are in the environment of everything it started, engines of killed studies too.
  await vi.waitFor(async () => expect(await marked(place.dir)).toEqual([]), { timeout: 5_000 });
  return dirs;
}

/** Every record of a run that has ended is there as it was, byte for byte; gives all there are now. */
async function requireKept(dir: string, before: ReadonlyMap<string, Buffer>): Promise<Map<string, Buffer>> {
  for (const [file, bytes] of before)
    expect((await readFile(join(dir, file))).equals(bytes), file).toBe(true);
  const now = new Map(before);
  for (const { event, runId } of await journalOf(dir)) {
    if (!isEnd(event) || runId === undefined) continue;
    const file = join('runs', runId, 'record.json');
    now.set(file, await readFile(join(dir, file)));
  }
  return now;
}

/** No (experiment, cycle) completed twice, and every file has its place. */
export async function requireOnce(dir: string): Promise<void> {
  const runs = await completedRuns(dir);
  expect(new Set(runs).size).toBe(runs.length);
  expect((await readdir(dir, { recursive: true })).filter((name) => name.endsWith('.tmp'))).toEqual([]);
}

/** Of a finished study: each (experiment, cycle) completed once, and none is missing. */
export async function requireWhole(dir: string): Promise<void> {
  await requireOnce(dir);
  const runs = await completedRuns(dir);
  const plan = z
    .object({ runs: z.array(z.object({ experimentId: z.string(), cycle: z.number() })) })
    .parse(JSON.parse(await readFile(join(dir, 'plan.json'), 'utf8')));
  expect(runs).toEqual(plan.runs.map(({ experimentId, cycle }) => `${experimentId} ${cycle}`).sort());
}
