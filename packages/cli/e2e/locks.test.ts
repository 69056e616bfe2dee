/** Several studies on one machine, each the real command: one measures, the others fail or wait. */
import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import type { ChildProcess } from 'node:child_process';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { eventsOf, LIGHT_STUDY, workplace, type Workplace } from './llem.js';

const LIMIT_MS = 60_000;
/** Measures until it is stopped. */
const ENDLESS = LIGHT_STUDY.replace('name: short', 'name: endless').replace(
  'min_seconds: 1',
  'min_seconds: 600',
);

let place: Workplace;
let running: ChildProcess;
beforeEach(async () => {
  place = await workplace();
  await writeFile(join(place.dir, 'endless.yaml'), ENDLESS);
  await writeFile(join(place.dir, 'quick.yaml'), LIGHT_STUDY);
  running = place.start(['run', 'endless.yaml', '--json']).child;
  for await (const event of eventsOf(running)) if (event.type === 'run-started') break;
}, LIMIT_MS);
afterEach(async () => {
  if (running.exitCode === null && running.signalCode === null) {
    running.kill('SIGKILL');
    await once(running, 'exit');
  }
  await place.remove();
});

/** Resolves when a process has said something on standard error. */
async function said({ stderr }: ChildProcess, text: string): Promise<void> {
  let all = '';
  for await (const data of stderr ?? []) {
    all += String(data);
    if (all.includes(text)) return;
  }
  throw new Error(`it only said: ${all}`);
}

const WHO = () =>
  `study "endless" (pid ${running.pid} of user ${os.userInfo().username}, results in ${join(place.dir, 'results', 'endless_')}`;

it(
  'fails beside a study that measures, says whose it is, and leaves no result directory',
  { timeout: LIMIT_MS },
  async () => {
    const { code, stderr, stdout } = await place.llem(['run', 'quick.yaml', '--output', 'second']);
    expect(stderr).toContain(`error: The processor is in use by ${WHO()}`);
    expect(stderr).toMatch(/^ {2}what to do: .*--wait/m);
    expect(stdout).toBe('');
    expect(code).toBe(1);
    expect(await readdir(place.dir)).not.toContain('second');
  },
);

it('waits with --wait, and runs when the other one was killed', { timeout: LIMIT_MS }, async () => {
  const { child, finished } = place.start(['run', 'quick.yaml', '--wait', '--output', 'second']);
  await said(child, `Waiting: The processor is in use by ${WHO()}`);
  running.kill('SIGKILL');
  const { code } = await finished;
  expect(code).toBe(0);
});

it('ends at once with 130 when it is interrupted while it waits', { timeout: LIMIT_MS }, async () => {
  const { child, finished } = place.start(['run', 'quick.yaml', '--wait', '--output', 'second']);
  await said(child, 'Waiting: ');
  child.kill('SIGINT');
  const { code } = await finished;
  expect(code).toBe(130);
  expect(running.exitCode).toBeNull();
  expect(await readdir(place.dir)).not.toContain('second');
});
