/**
 * The output of a container into the log of its engine, exactly: both streams in the order in which they came, without secrets, each byte
 * once, also where the connection was lost in between.
 */
import { open, type FileHandle } from 'node:fs/promises';
import { llemError } from '@llem/core';
import type Docker from 'dockerode';
import { createFrames } from './frames.js';
import { createMask } from './secrets.js';

const LAST_WORDS_BYTES = 1_024;

export interface ContainerLog {
  /**
   * Reads on from where it was, until the engine ends the stream, which it does when the container ends; then resolves. Rejects where the
   * connection is lost.
   */
  follow(container: Docker.Container, signal: AbortSignal): Promise<void>;
  /** How many pieces of it the engine has sent so far, known ones as well: whether it is still at it. */
  pieces(): number;
  /** The end of what came on standard error: the last lines, or one that came in parts. */
  lastWords(): string;
  /** A line of llem's own. Never rejects. */
  note(text: string): Promise<void>;
  /** Nothing is written any more. Never rejects. */
  close(): Promise<void>;
}

/** Appends to the file, which others cut meanwhile. Throws LLEM_E_START where it cannot be opened. */
export async function openLog(path: string, secrets: readonly string[]): Promise<ContainerLog> {
  const file = await openToAppend(path);
  const masks = { stdout: createMask(secrets), stderr: createMask(secrets) };
  let messages = 0;
  let pieces = 0;
  let lastWords = Buffer.alloc(0);
  let isClosed = false;
  // A disk that is full must not end the engine, nor keep the engine's pipe full: what cannot be written is lost.
  const write = async (bytes: Buffer) => {
    if (bytes.length > 0 && !isClosed) await file.appendFile(bytes).catch(() => undefined);
  };
  return {
    async follow(container, signal) {
      const stream = await container.logs({
        follow: true,
        stdout: true,
        stderr: true,
        abortSignal: signal,
      });
      const frames = createFrames();
      // The engine begins at the beginning. The times of messages would not tell them apart: the two streams overtake one another.
      let known = messages;
      for await (const chunk of stream) {
        pieces += 1;
        const read = frames.next(Buffer.from(chunk));
        const fresh = read.slice(known);
        known -= read.length - fresh.length;
        messages += fresh.length;
        const said = fresh.flatMap(({ stream: name, bytes }) => (name === 'stderr' ? [bytes] : []));
        if (said.length > 0) lastWords = Buffer.concat([lastWords, ...said]).subarray(-LAST_WORDS_BYTES);
        await write(Buffer.concat(fresh.map(({ stream: name, bytes }) => masks[name].next(bytes))));
      }
    },
    pieces: () => pieces,
    lastWords: () => lastWords.toString(),
    note: (text) => write(Buffer.from(`llem: ${text}\n`)),
    async close() {
      await write(Buffer.concat([masks.stdout.end(), masks.stderr.end()]));
      isClosed = true;
      await file.close().catch(() => undefined);
    },
  };
}

async function openToAppend(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'a');
  } catch (cause) {
    throw llemError('LLEM_E_START', `The engine's log ${path} cannot be written.`, {
      remedy: 'Name an output folder that exists, can be written and has space left.',
      failureClass: 'log-unwritable',
      cause,
    });
  }
}
