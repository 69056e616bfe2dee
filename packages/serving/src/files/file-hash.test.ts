/** Hashes of model files: each file is read once, and again when it has changed. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { appendFile, rename, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readHash, rememberHashes, type FileHash } from './file-hash.js';

const never = new AbortController().signal;
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

let folder: string;
let path: string;
/** Paths that were really read. */
let reads: string[];
let hash: FileHash;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'llem-hash-'));
  path = join(folder, 'model.gguf');
  await writeFile(path, 'weights');
  reads = [];
  hash = rememberHashes((file, signal) => {
    reads.push(file);
    return readHash(file, signal);
  });
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a file is read once for a whole sweep, also by other names', async () => {
  const link = join(folder, 'link.gguf');
  await symlink(path, link);
  for (const name of [path, path, link, join(folder, '.', 'model.gguf')]) {
    expect(await hash(name, never)).toBe(sha256('weights'));
  }
  expect(reads).toHaveLength(1);
});

test('callers at the same time share one reading', async () => {
  const digests = await Promise.all(Array.from({ length: 5 }, () => hash(path, never)));
  expect(new Set(digests)).toEqual(new Set([sha256('weights')]));
  expect(reads).toHaveLength(1);
});

test('a file that was written to or replaced is read again', async () => {
  await hash(path, never);
  await appendFile(path, ' and more');
  expect(await hash(path, never)).toBe(sha256('weights and more'));
  await writeFile(`${path}.new`, 'other weights   ');
  await rename(`${path}.new`, path);
  expect(await hash(path, never)).toBe(sha256('other weights   '));
  expect(reads).toHaveLength(3);
});

test('another file of the same content is a file of its own', async () => {
  const other = join(folder, 'other.gguf');
  await writeFile(other, 'weights');
  expect(await hash(other, never)).toBe(await hash(path, never));
  expect(reads).toHaveLength(2);
});

test('an empty file has a hash', async () => {
  await writeFile(path, '');
  expect(await hash(path, never)).toBe(sha256(''));
});

/** A reading that goes on until it is let go; it is slow to notice that it is to stop. */
function heldReading() {
  const started: AbortSignal[] = [];
  const release: (() => void)[] = [];
  const held = rememberHashes(
    (file, signal) =>
      new Promise((resolve, reject) => {
        started.push(signal);
        release.push(() => void readHash(file, signal).then(resolve, reject));
      }),
  );
  const begun = () => expect.poll(() => started.length, { interval: 1 });
  return { held, started, release, begun };
}

test('an interruption ends the wait of one caller and leaves the reading to the others', async () => {
  const { held, started, release, begun } = heldReading();
  const leaving = new AbortController();
  const left = held(path, leaving.signal);
  await begun().toBe(1);
  const staying = new AbortController();
  const listens = vi.spyOn(staying.signal, 'addEventListener');
  const stayed = held(path, staying.signal);
  await expect.poll(() => listens.mock.calls.length, { interval: 1 }).toBe(1);
  leaving.abort();
  await expect(left).rejects.toMatchObject({ code: 'LLEM_E_INTERRUPTED' });
  expect(started[0]?.aborted).toBe(false);
  release[0]?.();
  expect(await stayed).toBe(sha256('weights'));
  expect(started).toHaveLength(1);
});

test('a reading stops when nobody waits for it any more, and the next caller begins anew', async () => {
  const { held, started, release, begun } = heldReading();
  const leaving = new AbortController();
  const left = held(path, leaving.signal);
  await begun().toBe(1);
  leaving.abort();
  await expect(left).rejects.toMatchObject({ code: 'LLEM_E_INTERRUPTED' });
  expect(started[0]?.aborted).toBe(true);
  const next = held(path, never);
  await begun().toBe(2);
  release[1]?.();
  expect(await next).toBe(sha256('weights'));
});

test('a failure is told with what to do and not remembered', async () => {
  let broken = true;
  const flaky = rememberHashes((file, signal) =>
    broken ? Promise.reject(new Error('EIO')) : readHash(file, signal),
  );
  await expect(flaky(path, never)).rejects.toMatchObject({
    code: 'LLEM_E_PREPARE',
    message: `The model file ${path} cannot be read.`,
  });
  broken = false;
  expect(await flaky(path, never)).toBe(sha256('weights'));
  await unlink(path);
  await expect(flaky(path, never)).rejects.toMatchObject({ code: 'LLEM_E_PREPARE' });
});

test('a file that changes while it is read has no hash', async () => {
  const growing = rememberHashes(async (file, signal) => {
    const digest = await readHash(file, signal);
    await appendFile(file, '!');
    return digest;
  });
  await expect(growing(path, never)).rejects.toMatchObject({
    code: 'LLEM_E_PREPARE',
    message: `The model file ${path} changed while it was read.`,
  });
});
