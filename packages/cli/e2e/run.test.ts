/** Real studies through the real command: an engine is started, loaded, measured and stopped. */
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { access, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { BIN, eventsOf, LIGHT_STUDY, SHORT_STUDY, workplace, type Workplace } from './llem.js';

let place: Workplace;
beforeEach(async () => {
  place = await workplace();
  await writeFile(join(place.dir, 'study.yaml'), LIGHT_STUDY);
});
afterEach(() => place.remove());

const LIMIT_MS = 60_000;

async function resultDir(parent = 'results'): Promise<string> {
  const [only, ...others] = await readdir(join(place.dir, parent));
  expect(others).toEqual([]);
  return join(place.dir, parent, only ?? '');
}

/** Processes that know this test's folder, by their command line: engines are given their model from its cache. */
async function processesOfThisPlace(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return lines.filter((line) => line.includes(place.dir));
}

it(
  'runs a study to its end and leaves a complete directory, a table and nothing else running',
  async () => {
    await writeFile(join(place.dir, 'study.yaml'), SHORT_STUDY);
    const { code, stdout, stderr } = await place.llem(['run', 'study.yaml']);
    expect(stderr).toMatch(/^run 1 of 1 {2}.*completed/m);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^short {2}1 experiment, 1 of 1 run completed$/m);
    expect(stdout).toMatch(/random/i);
    // On a machine that is busy otherwise more is wrong than the length of the window.
    expect(stdout).toMatch(/^Verdict: (demonstration|not publishable)$/m);
    expect(stdout).toMatch(/^ {2}window-length {2,}1 of 1 run/m);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(
      Math.max(100, place.dir.length + 60),
    );
    const dir = await resultDir();
    expect(stdout).toContain(`Results: ${dir}`);
    const files = ['study.yaml', 'resolved.yaml', 'plan.json', 'journal.ndjson', 'summary.json'];
    for (const file of files) await access(join(dir, file));
    expect(await readFile(join(dir, 'study.yaml'), 'utf8')).toBe(SHORT_STUDY);
    expect(await processesOfThisPlace()).toEqual([]);

    const shown = await place.llem(['results', 'show']);
    expect(shown.stdout).toBe(stdout);
    const listed = await place.llem(['results', 'list', '--json']);
    expect(JSON.parse(listed.stdout)).toMatchObject([{ dir, state: 'complete' }]);
  },
  LIMIT_MS,
);

it(
  'prints nothing but events with --json, each a line of JSON, and takes settings from flags',
  async () => {
    const settings = [
      'measure.min_seconds=1',
      'measure.idle_bare_s=0',
      'measure.settle_s=0',
      'measure.idle_loaded_s=0',
      'measure.warmup.max_s=0',
      'workload={ concurrency: 2, input_tokens: 16, output_tokens: 8 }',
    ].flatMap((setting) => ['--set', setting]);
    const { code, stdout } = await place.llem([
      ...['run', '--model', 'llem/tiny-1m', '--backend', 'llamacpp', ...settings],
      ...['--cycles', '1', '--no-gaps', '--json', '--output', 'elsewhere', '--require', 'publishable'],
    ]);
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(events.at(-1)).toMatchObject({ type: 'study-ended', completed: 1, failed: 0 });
    expect(events).toContainEqual(expect.objectContaining({ type: 'run-ended', status: 'completed' }));
    // A window of a second is no publishable result, and that was asked for.
    expect(code).toBe(4);
    const dir = await resultDir('elsewhere');
    await access(join(dir, 'summary.json'));
    // What a flag said is part of the study as it was carried out, so that a repetition does the same.
    expect(JSON.parse(await readFile(join(dir, 'plan.json'), 'utf8'))).toMatchObject({
      execution: { cycles: 1, gaps: { between_runs_s: 0 } },
    });
    const again = await place.llem(['plan', join(dir, 'resolved.yaml'), '--json']);
    expect(JSON.parse(again.stdout)).toMatchObject({
      execution: { cycles: 1, gaps: { between_runs_s: 0 } },
      experiments: [{ model: 'llem/tiny-1m' }],
    });
  },
  LIMIT_MS,
);

it(
  'measures to the end when the reader of its events goes away',
  async () => {
    const script = '"$1" "$2" run study.yaml --json | head -1; exit 0';
    const child = spawn('sh', ['-c', script, 'sh', process.execPath, BIN], {
      cwd: place.dir,
      env: place.env,
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
    child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
    await once(child, 'close');
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).toBe(
      'warning: standard output cannot be written any more (its reader has gone); the study goes on.\n',
    );
    await access(join(await resultDir(), 'summary.json'));
  },
  LIMIT_MS,
);

it(
  'has the record of a run on disk when it says that the run has ended',
  async () => {
    const { child, finished } = place.start(['run', 'study.yaml', '--json', '--cycles', '2']);
    let dir = '';
    const records: unknown[] = [];
    for await (const event of eventsOf(child)) {
      if (event.type === 'study-started') dir = event.dir ?? '';
      if (event.type !== 'run-ended') continue;
      // Read in the same turn, so that nothing written later can count.
      const record: unknown = JSON.parse(
        readFileSync(join(dir, 'runs', event.runId ?? '', 'record.json'), 'utf8'),
      );
      records.push(record);
    }
    expect((await finished).code).toBe(0);
    expect(records).toMatchObject([{ status: 'completed' }, { status: 'completed' }]);
  },
  LIMIT_MS,
);

it(
  'records a run whose engine cannot start, goes on, and exits 1 when nothing completed',
  async () => {
    await writeFile(join(place.dir, 'study.yaml'), `${SHORT_STUDY}llamacpp: { executable: /bin/false }\n`);
    const { code, stdout, stderr } = await place.llem(['run', 'study.yaml', '--skip-preflight']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^run 1 of 1 {2}.*failed: start/m);
    expect(stdout).toContain('0 of 1 run completed, 1 failed');
    await access(join(await resultDir(), 'summary.json'));
  },
  LIMIT_MS,
);

it(
  'shows what it has recorded when the directory can no longer be written to, and then what went wrong',
  async () => {
    const { child, finished } = place.start(['run', 'study.yaml', '--cycles', '3']);
    let seen = '';
    child.stderr?.on('data', (text: string) => {
      const before = seen.includes(' completed ');
      seen += text;
      if (before || !seen.includes(' completed ')) return;
      const [study = ''] = readdirSync(join(place.dir, 'results'));
      // Nothing can take the place of a folder.
      const manifest = join(place.dir, 'results', study, 'manifest.json');
      rmSync(manifest);
      mkdirSync(manifest);
    });
    const { code, stdout, stderr } = await finished;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: Could not /m);
    expect(stdout).toMatch(/^short {2}1 experiment, [12] of 3 runs completed/m);
    expect(stdout).toMatch(/^Verdict: not publishable$/m);
  },
  LIMIT_MS,
);
