import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import { errorOf } from './failure.fixture.js';
import { temporaryFolder } from './folder.fixture.js';
import { lockDirectory } from './lock.js';

/** Takes the lock of the directory in its first argument, says how that went, and holds it until it is killed. */
const TAKER = `
const { lockDirectory } = await import(process.argv[2]);
await new Promise((go) => process.once('message', go));
process.send(await lockDirectory(process.argv[3]).then(() => 'held', (error) => error.message));
setInterval(() => undefined, 1_000);
`;

async function takers(dir: string, count: number): Promise<ChildProcess[]> {
  const script = join(await temporaryFolder(), 'taker.mjs');
  await writeFile(script, TAKER);
  const lock = new URL('../../dist/store/lock.js', import.meta.url).href;
  const children = Array.from({ length: count }, () => fork(script, [lock, dir], { execArgv: [] }));
  onTestFinished(() => children.forEach((child) => child.kill('SIGKILL')));
  return children;
}

async function answers(children: readonly ChildProcess[]): Promise<string[]> {
  const heard = children.map(async (child) => String((await once(child, 'message'))[0]));
  for (const child of children) child.send('go');
  return Promise.all(heard);
}

async function heldBy(change: Record<string, unknown>): Promise<string> {
  const dir = await temporaryFolder();
  await lockDirectory(dir);
  const file = join(dir, '.lock', '1', 'holder.json');
  const holder = z.record(z.string(), z.unknown()).parse(JSON.parse(await readFile(file, 'utf8')));
  await writeFile(file, JSON.stringify({ ...holder, ...change }));
  return dir;
}

describe('the lock of a result directory', () => {
  it('is refused to a second and given again once it is released', async () => {
    const dir = await temporaryFolder();
    const first = await lockDirectory(dir);
    expect((await errorOf('LLEM_E_STORE', lockDirectory(dir))).message).toContain(`process ${process.pid}`);
    first.release();
    (await lockDirectory(dir)).release();
  });

  it.each([
    ['a process that is gone', { pid: 2 ** 22 - 1, startTicks: '1' }],
    ['a process whose number another one has now', { startTicks: '1' }],
    ['the machine before it was started again', { bootId: 'another' }],
  ])('is taken from %s', async (_, change) => {
    const dir = await heldBy(change);
    await lockDirectory(dir);
    await errorOf('LLEM_E_STORE', lockDirectory(dir));
  });

  it.each([
    ['another machine', 'on elsewhere, since', { host: 'elsewhere', bootId: 'another' }],
    ['another container', 'on elsewhere, since', { host: 'elsewhere', pidNamespace: 'pid:[1]' }],
    ['another machine of the same name', 'on another machine named', { bootId: 'another', machineId: 'x' }],
    ['another container of the same name', 'in another container', { pidNamespace: 'pid:[1]' }],
  ])('of a process on %s is left alone, with what to do', async (_, where, change) => {
    const dir = await heldBy(change);
    const { message, remedy } = await errorOf('LLEM_E_STORE', lockDirectory(dir));
    expect(message).toContain(`process ${process.pid} ${where}`);
    expect(message).toContain('cannot be told whether that still runs');
    expect(remedy).toContain(`remove ${join(dir, '.lock', '1')} first`);
    await rm(join(dir, '.lock', '1'), { recursive: true });
    await lockDirectory(dir);
  });

  it.runIf(process.platform === 'linux')(
    'is taken from a process that has ended and that nobody has asked how',
    async () => {
      // The shell becomes a sleep, which does not know that it has a child.
      const parent = spawn('sh', ['-c', 'sleep 0.05 & echo $!; exec sleep 60'], { stdio: 'pipe' });
      onTestFinished(() => void parent.kill('SIGKILL'));
      const pid = Number(String((await once(parent.stdout, 'data'))[0]));
      const stat = () => readFile(`/proc/${pid}/stat`, 'utf8');
      await vi.waitFor(async () => expect(await stat()).toContain(') Z '));
      const dir = await heldBy({ pid, startTicks: (await stat()).split(' ')[21] });
      await lockDirectory(dir);
      await errorOf('LLEM_E_STORE', lockDirectory(dir));
    },
  );

  it('is released by a process that ends by itself, for those who could not see that', async () => {
    const dir = await temporaryFolder();
    const lock = new URL('../../dist/store/lock.js', import.meta.url).href;
    const script = `import(${JSON.stringify(lock)}).then(async ({ lockDirectory }) => {
      await lockDirectory(${JSON.stringify(dir)});
      process.exit(130);
    });`;
    const child = spawn(process.execPath, ['-e', script]);
    expect(await once(child, 'exit')).toEqual([130, null]);
    expect(await readFile(join(dir, '.lock', '1', 'holder.json'), 'utf8')).toMatch(/^-"pid"/);
  });

  it('that cannot be read is left alone, with what to do', async () => {
    const dir = await temporaryFolder();
    await mkdir(join(dir, '.lock', '1'), { recursive: true });
    await writeFile(join(dir, '.lock', '1', 'holder.json'), '');
    expect((await errorOf('LLEM_E_STORE', lockDirectory(dir))).remedy).toContain(join(dir, '.lock', '1'));
  });

  it('of a dead process is taken by one of many that find it at once', async () => {
    const dir = await temporaryFolder();
    for (const round of [1, 2]) {
      const children = await takers(dir, 6);
      const heard = await answers(children);
      expect(
        heard.filter((answer) => answer === 'held'),
        heard.join('\n'),
      ).toHaveLength(1);
      const exits = children.map((child) => once(child, 'exit'));
      for (const child of children) child.kill('SIGKILL');
      await Promise.all(exits);
      expect(await readdir(join(dir, '.lock'))).toHaveLength(round);
    }
  }, 60_000);
});
