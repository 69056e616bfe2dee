/**
 * Writing so that what was written is still there after a crash or a power cut: the data are flushed, then the folder
 * entry. Every file of a result directory goes through here, and what names the plugins in effect. (write-file-atomic was looked at: it flushes the file but
 * not the folder, and calls write(2) once, so that a disk that fills up half-way leaves a short file in place.)
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { errnoOf } from './failure.js';

/**
 * Replaces or creates a file: a reader sees the old content or the new, whole, never a part. Of content that comes in pieces
 * each is written before the next is asked for.
 */
export async function replaceFile(path: string, data: string | Iterable<Uint8Array>): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const handle = await open(temporary, 'wx');
    try {
      // On an open file it goes on where the last one ended.
      for (const piece of typeof data === 'string' ? [data] : data) await handle.writeFile(piece);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
  await flush(dirname(path));
}

const NEWLINE = 0x0a;

/**
 * Appends a line, or several, to a file that exists; it is never created, so that a file somebody removed is noticed. A last line
 * that an earlier failure tore is closed first, so that it cannot swallow this one.
 */
export async function appendLine(path: string, line: string): Promise<void> {
  const handle = await open(path, constants.O_RDWR | constants.O_APPEND);
  try {
    const { size } = await handle.stat();
    const last = Buffer.alloc(1, NEWLINE);
    if (size > 0) await handle.read(last, 0, 1, size - 1);
    await handle.appendFile(last[0] === NEWLINE ? `${line}\n` : `\n${line}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes a folder that must not exist yet; fails with EEXIST where it does. */
export async function createFolder(path: string): Promise<void> {
  await mkdir(path);
  await flush(dirname(path));
}

/**
 * Makes a folder and its parents where they are missing. Step by step, because mkdir with `recursive` never returns
 * below a folder in which nothing can be made and which says ENOENT for it, such as /proc.
 */
export async function ensureFolder(path: string): Promise<void> {
  const full = resolve(path);
  const parent = dirname(full);
  if (await isFolder(full)) return;
  if (parent !== full) await ensureFolder(parent);
  try {
    await createFolder(full);
  } catch (error) {
    // Somebody else made it meanwhile.
    if (errnoOf(error) !== 'EEXIST' || !(await isFolder(full))) throw error;
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}

/** File systems that cannot flush a folder say so with one of these; there is nothing more to be done on them. */
const CANNOT_FLUSH_FOLDERS = new Set(['EINVAL', 'ENOTSUP', 'ENOSYS', 'EBADF']);

/** Flushes a file that somebody else has written, or the entries of a folder. */
export async function flush(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } catch (error) {
    if (!CANNOT_FLUSH_FOLDERS.has(errnoOf(error) ?? '')) throw error;
  } finally {
    await handle.close();
  }
}
