/** The SHA-256 of a model file, read once in a process however many experiments use the model. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { isLlemError, llemError } from '@llem/core';

/** SHA-256 in hex. Throws LLEM_E_PREPARE, and LLEM_E_INTERRUPTED when the signal says so. */
export type FileHash = (path: string, signal: AbortSignal) => Promise<string>;

interface Hashing {
  readonly digest: Promise<string>;
  readonly stop: AbortController;
  /** Callers that wait for it; the last one to leave stops it. */
  waiting: number;
}

/** Reads the whole file, as a stream. */
export async function readHash(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1024 * 1024 }), hash, { signal });
  return hash.digest('hex');
}

/**
 * Remembers what `read` found for each file, as long as nothing about the file has changed. Callers at the same time
 * share one reading, which goes on until it is done or nobody waits for it any more.
 */
export function rememberHashes(read: FileHash): FileHash {
  const known = new Map<string, Hashing>();

  const begin = (path: string, identity: string): Hashing => {
    const stop = new AbortController();
    const digest = readWhole(read, path, identity, stop.signal);
    const hashing = { digest, stop, waiting: 0 };
    known.set(identity, hashing);
    digest.catch(() => forget(identity, hashing));
    return hashing;
  };
  const forget = (identity: string, hashing: Hashing) => {
    if (known.get(identity) === hashing) known.delete(identity);
  };

  return async (path, signal) => {
    try {
      const identity = await identityOf(path);
      signal.throwIfAborted();
      const hashing = known.get(identity) ?? begin(path, identity);
      hashing.waiting += 1;
      try {
        return await untilAborted(hashing.digest, signal);
      } finally {
        hashing.waiting -= 1;
        if (hashing.waiting === 0 && signal.aborted) {
          // At once, so that the next caller does not join a reading that is being stopped.
          forget(identity, hashing);
          hashing.stop.abort();
        }
      }
    } catch (error) {
      if (signal.aborted) throw interrupted();
      if (isLlemError(error)) throw error;
      throw llemError('LLEM_E_PREPARE', `The model file ${path} cannot be read.`, {
        remedy: 'Check that you may read it and that its disk is healthy.',
        cause: error,
      });
    }
  };
}

/** The hash of a model file, remembered for this process. */
export const fileHash = rememberHashes(readHash);

export const interrupted = () =>
  llemError('LLEM_E_INTERRUPTED', 'Interrupted while the model was prepared.', { remedy: 'Run it again.' });

/** What tells a file from another and from itself after a change. */
async function identityOf(path: string): Promise<string> {
  const real = await realpath(path);
  const { dev, ino, size, mtimeMs, ctimeMs } = await stat(real);
  return JSON.stringify([real, dev, ino, size, mtimeMs, ctimeMs]);
}

async function readWhole(
  read: FileHash,
  path: string,
  identity: string,
  signal: AbortSignal,
): Promise<string> {
  const digest = await read(path, signal);
  if ((await identityOf(path)) === identity) return digest;
  throw llemError('LLEM_E_PREPARE', `The model file ${path} changed while it was read.`, {
    remedy: 'Wait until it is written, and run the command again.',
  });
}

/** Waits for the promise or the signal, whichever comes first. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = () => reject(interrupted());
    signal.addEventListener('abort', leave, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });
}
