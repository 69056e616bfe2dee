/** What a power cut cannot take back: every write is flushed before the next step, and before it is said to be done. */
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { beforeEach, expect, it, vi } from 'vitest';
import { appendLine, createFolder, replaceFile } from './durable.js';
import { temporaryFolder } from './folder.fixture.js';

/** Every step in its order, `step name`; `failing` is the step that the disk refuses. */
const disk = vi.hoisted(() => ({ steps: new Array<string>(), failing: '' }));

// The real file system, listened to: nothing else shows whether a flush took place.
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  const note = (step: string, path: string) => {
    disk.steps.push(`${step} ${basename(path).replace(/\.[0-9a-f]{12}\.tmp$/, '.tmp')}`);
    if (disk.failing === step) throw Object.assign(new Error('EIO'), { code: 'EIO' });
  };
  const open: typeof real.open = async (path, flags, mode) => {
    const handle = await real.open(path, flags, mode);
    const listened =
      <Given extends unknown[]>(step: string, run: (...given: Given) => Promise<void>) =>
      async (...given: Given): Promise<void> => {
        note(step, String(path));
        await run(...given);
      };
    return Object.assign(handle, {
      appendFile: listened('appendFile', handle.appendFile.bind(handle)),
      writeFile: listened('writeFile', handle.writeFile.bind(handle)),
      sync: listened('sync', handle.sync.bind(handle)),
      close: listened('close', handle.close.bind(handle)),
    });
  };
  const rename: typeof real.rename = async (from, to) => {
    note('rename', String(to));
    await real.rename(from, to);
  };
  return { ...real, open, rename };
});

beforeEach(() => {
  disk.steps.length = 0;
  disk.failing = '';
});

it('flushes an appended line before it returns', async () => {
  const path = join(await temporaryFolder(), 'journal');
  await writeFile(path, '');
  await appendLine(path, 'x');
  expect(disk.steps).toEqual(['appendFile journal', 'sync journal', 'close journal']);
});

it('flushes a file before it takes its place, and the folder after', async () => {
  const folder = join(await temporaryFolder(), 'study');
  await mkdir(folder);
  await replaceFile(join(folder, 'a.json'), 'new');
  expect(disk.steps).toEqual([
    'writeFile .a.json.tmp',
    'sync .a.json.tmp',
    'close .a.json.tmp',
    'rename a.json',
    'sync study',
    'close study',
  ]);
});

it('flushes the parent of a folder that it made', async () => {
  const parent = join(await temporaryFolder(), 'runs');
  await mkdir(parent);
  await createFolder(join(parent, 'run'));
  expect(disk.steps).toEqual(['sync runs', 'close runs']);
});

it('fails when the disk does not flush, and leaves no file open', async () => {
  const folder = await temporaryFolder();
  const path = join(folder, 'journal');
  await writeFile(path, '');
  disk.failing = 'sync';
  await expect(appendLine(path, 'x')).rejects.toMatchObject({ code: 'EIO' });
  expect(disk.steps.at(-1)).toBe('close journal');
  await expect(replaceFile(path, 'y')).rejects.toMatchObject({ code: 'EIO' });
  expect(disk.steps).not.toContain('rename journal');
});
