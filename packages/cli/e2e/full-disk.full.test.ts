/** A disk that fills up in the middle of a study, one that is full at the start, and a directory that goes away. */
import { spawnSync } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { completedRuns, KILLED_STUDY, requireWhole } from './interrupted-studies.js';
import { eventsOf, workplace, type Workplace } from './llem.js';

const DISK_BYTES = 2 ** 21;

/** A disk of two megabytes, in memory; why not, where this machine does not let one be mounted. */
function mountSmall(path: string): string | null {
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', path], {
    encoding: 'utf8',
  });
  return mounted.status === 0 ? null : (mounted.error?.message ?? mounted.stderr.trim());
}

let place: Workplace;
let disk = '';
let unmountable: string | null = null;
beforeAll(async () => {
  place = await workplace();
  disk = join(place.dir, 'disk');
  await mkdir(disk);
  await writeFile(join(place.dir, 'study.yaml'), KILLED_STUDY);
  unmountable = mountSmall(disk);
  if (unmountable !== null) process.stderr.write(`No small disk to fill here: ${unmountable}\n`);
});
afterAll(async () => {
  if (unmountable === null) spawnSync('umount', ['-l', disk]);
  await place.remove();
});

/** Takes every byte that is left. */
async function fill(): Promise<void> {
  for (let bytes = DISK_BYTES; bytes >= 1; bytes = Math.floor(bytes / 2)) {
    await writeFile(join(disk, `filler-${bytes}`), Buffer.alloc(bytes)).catch(() => undefined);
  }
}

async function makeRoom(): Promise<void> {
  for (let bytes = DISK_BYTES; bytes >= 1; bytes = Math.floor(bytes / 2)) {
    await rm(join(disk, `filler-${bytes}`), { force: true });
  }
}

/** Runs the study and does something once its second run has reached its window. */
async function disturbed(output: string, disturb: (dir: string) => Promise<void>) {
  const { child, finished } = place.start(['run', 'study.yaml', '-o', output, '--json', '--skip-preflight']);
  let [dir, windows] = ['', 0];
  for await (const event of eventsOf(child)) {
    if (event.type === 'study-started') dir = event.dir ?? '';
    if (event.type === 'phase' && event.phase === 'window') windows += 1;
    if (windows === 2) break;
  }
  await disturb(dir);
  return { dir, ...(await finished) };
}

describe('a disk that is full', () => {
  it('stops the study with what to do, and it is resumed once there is room', async (context) => {
    context.skip(unmountable !== null, unmountable ?? '');
    const { dir, code, stderr } = await disturbed(disk, fill);
    expect(code).toBe(1);
    expect(stderr).toContain('the disk is full');
    expect(stderr).toContain(`llem resume ${dir}`);
    expect(stderr).not.toContain('    at ');
    const [first = ''] = await completedRuns(dir);
    expect(await completedRuns(dir)).toEqual([first]);

    const still = await place.llem(['resume', dir, '-q', '--skip-preflight']);
    expect(still.code).toBe(1);
    expect(still.stderr).toContain('the disk is full');

    await makeRoom();
    const { code: resumed, stderr: said } = await place.llem(['resume', dir, '-q', '--skip-preflight']);
    expect(said).toBe('');
    expect(resumed).toBe(0);
    await requireWhole(dir);
  }, 60_000);
});

it('a result directory that is removed while in use is not made again', async () => {
  const { dir, code, stderr } = await disturbed('removed', (path) =>
    rm(path, { recursive: true, force: true }),
  );
  expect(code).toBe(1);
  expect(stderr).toContain('gone');
  expect(stderr).not.toContain('    at ');
  await expect(readFile(join(dir, 'journal.ndjson'))).rejects.toThrow('ENOENT');
}, 60_000);

it('a result directory that becomes read-only loses nothing, and is resumed once it can be written', async (context) => {
  context.skip(unmountable !== null, unmountable ?? '');
  const mounted = (...args: string[]) => spawnSync('mount', args, { encoding: 'utf8' });
  // Over itself: the engine's log stays open below, where making it read-only would be refused for that.
  const { dir, code, stderr } = await disturbed('read-only', (path) => {
    expect(mounted('--bind', path, path)).toMatchObject({ status: 0 });
    expect(mounted('-o', 'remount,bind,ro', path)).toMatchObject({ status: 0 });
    return Promise.resolve();
  });
  try {
    expect(code).toBe(1);
    expect(stderr).toContain('read-only');
    expect(stderr).toContain(`llem resume ${dir}`);
    const still = await place.llem(['resume', dir, '-q', '--skip-preflight']);
    expect(still.code).toBe(1);
    expect(still.stderr).toContain('read-only');
    expect(await completedRuns(dir)).toHaveLength(1);
  } finally {
    spawnSync('umount', ['-l', dir]);
  }
  expect((await place.llem(['resume', dir, '-q', '--skip-preflight'])).code).toBe(0);
  await requireWhole(dir);
}, 60_000);
