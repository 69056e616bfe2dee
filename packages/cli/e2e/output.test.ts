/** Output that breaks: a full disk, a terminal that is gone, a signal that comes early. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { open, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { BIN, LIGHT_STUDY, workplace, type Workplace } from './llem.js';

const LIMIT_MS = 60_000;
/** Of util-linux, which runs a command on a terminal of its own; elsewhere it takes other arguments. */
const SCRIPT = '/usr/bin/script';
const FULL = '/dev/full';

let place: Workplace;
beforeEach(async () => {
  place = await workplace();
  await writeFile(join(place.dir, 'study.yaml'), LIGHT_STUDY);
});
afterEach(() => place.remove());

/** Runs with one of its outputs on a full disk; gives the exit code and what came on the other. */
async function withFull(which: 'stdout' | 'stderr', args: readonly string[]) {
  const full = await open(FULL, 'w');
  const child: ChildProcess = spawn(process.execPath, [BIN, ...args], {
    cwd: place.dir,
    env: place.env,
    stdio: which === 'stdout' ? ['ignore', full.fd, 'pipe'] : ['ignore', 'pipe', full.fd],
  });
  let text = '';
  (which === 'stdout' ? child.stderr : child.stdout)?.on('data', (data: Buffer) => (text += String(data)));
  const code = await new Promise((resolve) => child.on('close', resolve));
  await full.close();
  return { code, text };
}

async function journal(): Promise<string> {
  const [study = ''] = await readdir(join(place.dir, 'results')).catch(() => []);
  return readFile(join(place.dir, 'results', study, 'journal.ndjson'), 'utf8').catch(() => '');
}

it.skipIf(!existsSync(FULL)).each(['plan', 'plan --json', 'run --quiet', 'run --json'])(
  'llem %s fails where its answer does not fit on the disk, and says so',
  async (command) => {
    const { code, text } = await withFull('stdout', [...command.split(' '), 'study.yaml']);
    expect(code).toBe(1);
    expect(text.match(/^error: Standard output could not be written: ENOSPC/gm)).toHaveLength(1);
    expect(text).not.toMatch(/bug|\n {4}at /);
    if (command.startsWith('run')) expect(await journal()).toContain('"event":"completed"');
  },
  LIMIT_MS,
);

it.skipIf(!existsSync(FULL))(
  'measures on where progress cannot be written, and says that once',
  async () => {
    const { code, text } = await withFull('stderr', ['run', 'study.yaml']);
    expect(code).toBe(0);
    expect(text.match(/^warning: standard error cannot be written any more \(ENOSPC/gm)).toHaveLength(1);
    expect(text).toContain('1 of 1 run completed');
  },
  LIMIT_MS,
);

it.skipIf(process.platform !== 'linux' || !existsSync(SCRIPT))(
  'records the run as interrupted when its terminal vanishes',
  async () => {
    await writeFile(join(place.dir, 'study.yaml'), LIGHT_STUDY.replace('min_seconds: 1', 'min_seconds: 600'));
    const command = `'${process.execPath}' '${BIN}' run study.yaml`;
    const terminal = spawn(SCRIPT, ['-qfec', command, '/dev/null'], { cwd: place.dir, env: place.env });
    let seen = '';
    await new Promise<void>((resolve) => {
      terminal.stdout.on('data', (data: Buffer) => {
        seen += String(data);
        if (/ window \d/.test(seen)) resolve();
      });
    });
    terminal.kill('SIGKILL');
    await expect.poll(journal, { timeout: 20_000 }).toContain('"event":"interrupted"');
    const [study = ''] = await readdir(join(place.dir, 'results'));
    // The summary comes after the record, and llem gets as far as that.
    const summary = join(place.dir, 'results', study, 'summary.json');
    await expect.poll(() => existsSync(summary), { timeout: 10_000 }).toBe(true);
  },
  LIMIT_MS,
);

it('ends with its own exit code and a word on a signal before the study begins', async () => {
  // The signal comes in the moment in which llem first listens to it, long before the study is even read.
  const early = `process.on('newListener', (name) => {
    if (name === 'SIGINT') setImmediate(() => process.kill(process.pid, 'SIGINT'));
  });`;
  place.env['NODE_OPTIONS'] = `--import=data:text/javascript,${encodeURIComponent(early)}`;
  const { code, signal, stderr } = await place.llem(['run', 'study.yaml']);
  expect({ code, signal, stderr }).toEqual({ code: 130, signal: null, stderr: 'Interrupted.\n' });
  expect(existsSync(join(place.dir, 'results'))).toBe(false);
});
