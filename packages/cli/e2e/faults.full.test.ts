/** Engines that misbehave at length, through the real command: floods of a gigabyte, ports that close, faults that pass. */
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { recordSchema } from '@llem/core';
import { afterAll, expect, it } from 'vitest';
import { endedRuns, undisturbed } from './interrupted-studies.js';
import { eventsOf, marked, simulatedWorkplace, type Workplace } from './llem.js';

const GIGABYTE = 2 ** 30;
const quick = (startTimeoutS = 20) => `name: faults
model: simulated
backend: simulated
workload: { concurrency: 24, input_tokens: 8, output_tokens: 8 }
measure: { min_seconds: 1, idle_bare_s: 0, settle_s: 0, idle_loaded_s: 0, warmup: { max_s: 0 } }
execution: { cycles: 1, start_timeout_s: ${startTimeoutS}, stall_timeout_s: 5, gaps: { between_runs_s: 0 } }
simulated: { slots: 24, itl_ms: 20, stop_grace_s: 0.5 }
`;

const places: Workplace[] = [];
async function placeWith(study: string): Promise<Workplace> {
  const place = await simulatedWorkplace();
  places.push(place);
  await writeFile(join(place.dir, 'study.yaml'), study);
  return place;
}
afterAll(() => Promise.all(places.map((place) => place.remove())));

const STUDY = ['run', 'study.yaml', '--output', 'out', '--skip-preflight'];

async function resultsOf({ dir }: Workplace): Promise<string> {
  const [name = ''] = await readdir(join(dir, 'out'));
  return join(dir, 'out', name);
}

async function recordsOf(dir: string) {
  const runs = await readdir(join(dir, 'runs'));
  return Promise.all(
    runs.map(async (run) =>
      recordSchema.parse(JSON.parse(await readFile(join(dir, 'runs', run, 'record.json'), 'utf8'))),
    ),
  );
}

/** The most memory that a living process has had, in bytes (proc_pid_status(5)). */
async function peakMemory(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1_024;
}

it.concurrent(
  'a log of a gigabyte takes little of disk and memory, and its end is in the record',
  async () => {
    const place = await placeWith(
      `${quick()}simulated.faults: { flood-log: ${GIGABYTE}, exit-after-tokens: 400 }\n`,
    );
    const { child, finished } = place.start([...STUDY, '--json']);
    let [log, logPeak, memory] = ['', 0, 0];
    const watching = setInterval(() => {
      void (async () => {
        memory = Math.max(memory, await peakMemory(child.pid));
        logPeak = Math.max(
          logPeak,
          await stat(log).then(
            ({ size }) => size,
            () => 0,
          ),
        );
      })();
    }, 20);
    for await (const { type, dir = '', runId = '' } of eventsOf(child)) {
      if (type === 'study-started') log = dir;
      if (type === 'run-started') log = join(log, 'runs', runId, 'engine.log');
    }
    clearInterval(watching);
    expect((await finished).code).toBe(1);
    expect(logPeak).toBeGreaterThan(0);
    expect(logPeak).toBeLessThan(0.75 * GIGABYTE);
    expect(memory).toBeLessThan(400_000_000);
    const text = await readFile(log, 'utf8');
    expect(text.length).toBeLessThan(9_000_000);
    expect(/^llem: .*$/m.exec(text)?.[0]).toMatch(/ 10\d\d\.\d MB of this log were left out here\.$/);
    const [record] = await recordsOf(await resultsOf(place));
    expect(record?.failure?.class).toBe('engine-exit');
    expect(record?.failure?.logTail.at(-1)).toContain('server is listening on');
  },
);

it.concurrent(
  'an engine that starts too late, and one that closes its port and lives on, fail and are ended',
  async () => {
    const place = await placeWith(`${quick(4)}experiments:
  - { simulated.faults: { slow-start: 60000 } }
  - { simulated.faults: { close-port-after-tokens: 400 } }
`);
    const { code } = await place.llem([...STUDY, '--quiet']);
    expect(code).toBe(1);
    const failures = (await recordsOf(await resultsOf(place))).map(({ failure }) => failure?.class);
    expect(failures.sort()).toEqual(expect.arrayContaining(['requests-failing', 'start-timeout']));
    expect(new Set(failures).size).toBe(2);
    expect(await marked(place.dir)).toEqual([]);
  },
);

it.concurrent(
  'a study whose engines fail once comes, with resume --failed, to what it comes to with sound ones',
  async () => {
    const study = `${quick()}experiments:
  - { simulated.faults: {} }
  - { simulated.faults: { exit-after-tokens: 400, once: crashed } }
  - { simulated.faults: { answer-500: 1, once: refused } }
`;
    const place = await placeWith(study);
    expect((await place.llem([...STUDY, '--quiet'])).code).toBe(3);
    const dir = await resultsOf(place);
    const records = await recordsOf(dir);
    expect(records.filter(({ status }) => status === 'failed')).toHaveLength(2);

    expect((await place.llem(['resume', dir, '--failed', '--quiet', '--skip-preflight'])).code).toBe(0);
    expect(await endedRuns(dir)).toEqual(await undisturbed(place, study));
    for (const record of records) expect(await recordsOf(dir)).toContainEqual(record);
  },
);
