/** What is left when llem itself is killed with SIGKILL, at the moments where it hurts: nothing. */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { isRunning, killService } from './members.js';

const built = (name: string) => new URL(`../../dist/process-group/${name}`, import.meta.url);
/** A tree of two shells that ignore SIGTERM. */
const tree = `trap "" TERM; sh -c 'trap "" TERM; while :; do sleep 1; done' & echo up; while :; do sleep 1; done`;

/** A small llem: starts the tree, says how far it got, and kills itself where it is told to. */
const llem = `
import childProcess from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';
const [startUrl, logPath, moment, script] = process.argv.slice(1);
const die = () => process.kill(process.pid, 'SIGKILL');
if (moment === 'spawn') {
  const spawn = childProcess.spawn;
  childProcess.spawn = (...args) => { spawn(...args); die(); };
  syncBuiltinESMExports();
}
const { startProcessGroup } = await import(startUrl);
const spec = { command: ['sh', '-c', script], env: {}, target: { host: '127.0.0.1', port: 1 }, readiness: { path: '/', intervalMs: 1 }, stopGraceS: 60 };
const starting = startProcessGroup({ spec, study: 'study', logPath, runId: 'run-1' }, new AbortController().signal);
if (moment.startsWith('after ')) setTimeout(die, Number(moment.slice(6)));
const service = await starting;
if (moment === 'started') die();
if (moment === 'stopping') { void service.stop(); setTimeout(die, 50); }
if (moment === 'exit') process.exit(0);
if (moment === 'throw') throw new Error('a fault of llem');
console.log('started');
setInterval(() => {}, 1000);
`;

let dir = '';
let mark = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'llem-orphans-'));
  mark = `LLEM_TEST=${randomUUID()}`;
});
afterEach(async () => {
  await killService({ groupId: null, mark }, 5_000);
  rmSync(dir, { recursive: true });
});

const logPath = () => join(dir, 'engine.log');
/** Anything of the test: the small llem, its supervisor, the engine's tree. */
const anyLeft = () => isRunning({ groupId: null, mark });
const nothingLeft = () => vi.waitFor(() => expect(anyLeft()).toBe(false), { timeout: 10_000, interval: 20 });

function startLlem(moment: string, detached = false): ChildProcess {
  const args = ['--input-type=module', '-e', llem, built('start.js').href, logPath(), moment, tree];
  const [name = '', value = ''] = mark.split('=');
  return spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, [name]: value },
    detached,
  });
}

describe.runIf(process.platform === 'linux')('llem', () => {
  it.each(['spawn', 'started', 'stopping', 'after 1', 'after 10', 'after 40', 'after 80', 'after 160'])(
    'killed at the moment "%s" leaves no process',
    async (moment) => {
      const child = startLlem(moment);
      expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
      await nothingLeft();
    },
  );

  it.each(['exit', 'throw'])('that ends without stopping (%s) leaves no process', async (moment) => {
    await once(startLlem(moment), 'exit');
    await nothingLeft();
  });

  it('killed with its whole process group, as a terminal does, leaves no process', async () => {
    const child = startLlem('', true);
    await new Promise((resolve) => child.stdout?.once('data', resolve));
    await vi.waitFor(() => expect(readFileSync(logPath(), 'utf8')).toContain('up'), { timeout: 10_000 });
    expect(anyLeft()).toBe(true);
    process.kill(-(child.pid ?? Number.NaN), 'SIGINT');
    await nothingLeft();
  });
});

describe.runIf(process.platform === 'linux')('a supervisor', () => {
  it('whose llem died before its first order starts nothing', async () => {
    const [name = '', value = ''] = mark.split('=');
    const supervisor = spawn(process.execPath, [fileURLToPath(built('supervisor.js'))], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, [name]: value },
      detached: true,
    });
    const touched = join(dir, 'touched');
    // Half an order, then the end of the pipe.
    const order = { type: 'start', command: ['touch', touched], env: process.env, mark, stopGraceMs: 1 };
    supervisor.stdin.end(JSON.stringify(order));
    expect(await once(supervisor, 'exit')).toEqual([0, null]);
    await nothingLeft();
    expect(existsSync(touched)).toBe(false);
  });
});
