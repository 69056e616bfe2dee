/** Engines that misbehave, through the real command: each costs its own run, which says why, and nothing else. */
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { recordSchema, type RunRecord } from '@llem/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { marked, simulatedWorkplace, type Finished, type Workplace } from './llem.js';

/** By what it does wrong: when, the class, part of the message and of the engine's last words, as recorded. */
const FAILING = {
  'exit-at-start: 3': ['start', 'bad-model', 'told to fail', 'error: failed to load model'],
  'hang-at-start: true': ['start', 'start-timeout', 'within 3 s: HTTP 503 from', 'received SIGTERM'],
  'exit-after-tokens: 400': ['load', 'engine-exit', 'by itself with exit code 1', 'server is listening'],
  'hang-after-tokens: 400': ['load', 'engine-hung', 's with 24 requests in flight', 'received SIGTERM'],
  'cut-stream: 4': ['load', 'requests-failing', 'in a row failed; the last: cut-stream', 'received SIGTERM'],
  'answer-500: 1': ['load', 'requests-failing', 'in a row failed; the last: http-500', 'received SIGTERM'],
} as const;
/** These end as if nothing were wrong. */
const DEAF = 'ignore-sigterm: true, flood-log: 20480000, daemons: 2';
const WELL = ['', 'slow-start: 200, answer-500: 9', DEAF];

const STUDY = `name: faults
model: simulated
backend: simulated
workload: { concurrency: 24, input_tokens: 8, output_tokens: 8 }
measure: { min_seconds: 1, idle_bare_s: 0, settle_s: 0, idle_loaded_s: 0, warmup: { max_s: 0 } }
execution: { cycles: 1, start_timeout_s: 3, stall_timeout_s: 2, gaps: { between_runs_s: 0 } }
simulated: { slots: 24, stop_grace_s: 0.5 }
experiments:
${[...Object.keys(FAILING), ...WELL].map((fault) => `  - { simulated.faults: { ${fault} } }\n`).join('')}`;

let place: Workplace;
let finished: Finished;
let dir = '';
const records = new Map<string, RunRecord>();
beforeAll(async () => {
  place = await simulatedWorkplace();
  place.env['TMPDIR'] = join(place.dir, 'tmp');
  await mkdir(join(place.dir, 'tmp'));
  await writeFile(join(place.dir, 'study.yaml'), STUDY);
  finished = await place.llem(['run', 'study.yaml', '--output', 'out', '--quiet', '--skip-preflight']);
  dir = join(place.dir, 'out', (await readdir(join(place.dir, 'out')))[0] ?? '');
  for (const run of await readdir(join(dir, 'runs'))) {
    const record = recordSchema.parse(
      JSON.parse(await readFile(join(dir, 'runs', run, 'record.json'), 'utf8')),
    );
    records.set(faultsOf(record), record);
  }
}, 120_000);
afterAll(() => place.remove());

/** As the study writes them. */
function faultsOf({ experiment }: RunRecord): string {
  const { faults } = z.looseObject({ faults: z.record(z.string(), z.json()) }).parse(experiment['simulated']);
  return Object.entries(faults)
    .map(([fault, value]) => `${fault}: ${JSON.stringify(value)}`)
    .join(', ');
}

function recordOf(fault: string): RunRecord {
  const record = records.get(fault);
  if (!record)
    throw new Error(`no record of ${fault}: ${[...records.keys()].join('; ')}; ${finished.stderr}`);
  return record;
}

/** Whether anything listens on a port of this machine. */
async function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

it.each(Object.entries(FAILING))('%s is recorded with class, message, remedy and log', (fault, expected) => {
  const [when, failureClass, message, lastWords] = expected;
  const { status, failure, measurement, engine } = recordOf(fault);
  expect(status).toBe('failed');
  expect(measurement).toBeNull();
  // How far a load gets before it fails depends on the machine.
  expect(when === 'load' ? ['warmup', 'window'] : [when]).toContain(failure?.type);
  expect(failure?.class).toBe(failureClass);
  expect(failure?.message).toContain(message);
  expect(failure?.remedy).not.toBe('');
  expect(failure?.logTail.at(-1)).toContain(lastWords);
  expect(engine.command).toContain('--port');
});

it.each(WELL)('{ %s } is measured beside them', (fault) => {
  const { status, failure } = recordOf(fault);
  expect(failure).toBeNull();
  expect(status).toBe('completed');
});

it('tells that some runs failed, in its exit code and its table', () => {
  expect(finished.code).toBe(3);
  const [failed, all] = [Object.keys(FAILING).length, records.size];
  expect(all).toBe(failed + WELL.length);
  expect(finished.stdout).toContain(`${all - failed} of ${all} runs completed, ${failed} failed`);
});

it('keeps of a long log its two ends', async () => {
  const { runId } = recordOf(DEAF);
  const log = await readFile(join(dir, 'runs', runId, 'engine.log'), 'utf8');
  expect(log.length).toBeLessThan(9_000_000);
  expect(/^llem: .*$/m.exec(log)?.[0]).toMatch(/ 12\.\d MB of this log were left out here\.$/);
  expect(log.slice(-200)).toMatch(/x\nmain: server is listening on \S+\nreceived SIGTERM\n$/);
});

it('leaves no process, no port and no temporary file', async () => {
  expect(await marked(place.dir)).toEqual([]);
  const ports = [...records.values()].map(({ engine }) => Number(engine.command.at(-1)));
  expect(await Promise.all(ports.map(isOpen))).not.toContain(true);
  expect(await readdir(join(place.dir, 'tmp'))).toEqual([]);
  const files = await readdir(dir, { recursive: true });
  expect(files.filter((name) => name.endsWith('.tmp'))).toEqual([]);
});
