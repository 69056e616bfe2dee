/**
 * The output of a container into the log of its engine, exactly: both streams in the order in which they came, without secrets, each byte
 * once, also where the connection was lost in between.
 */
import { open, type FileHandle } from 'node:fs/promises';
import { llemError } from '@llem/core';
import type Docker from 'dockerode';
import { openStream } from '../engine/client.js';
import { createFrames } from './frames.js';
import { createMask } from './secrets.js';

const LAST_WORDS_BYTES = 1_024;

export interface ContainerLog {
  /**
   * Reads on from where it was, until the engine ends the stream, which it does when the container ends; then resolves. Rejects where the
   * connection is lost.
   */
  follow(container: Docker.Container, signal: AbortSignal): Promise<void>;
  /**
   * What the engine has of it, of a container that has ended: Podman ends a stream that follows a second after the container, wherever it
   * is. Rejects where the connection is lost.
   */
  readRest(docker: Docker, id: string, signal: AbortSignal): Promise<void>;
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
  /** Bytes of each stream that have come. */
  const come = { stdout: 0, stderr: 0 };
  let pieces = 0;
  let lastWords = Buffer.alloc(0);
  let isClosed = false;
  // A disk that is full must not end the engine, nor keep the engine's pipe full: what cannot be written is lost.
  const write = async (bytes: Buffer) => {
    if (bytes.length > 0 && !isClosed) await file.appendFile(bytes).catch(() => undefined);
  };
  const take = async (stream: NodeJS.ReadableStream) => {
    const frames = createFrames();
    // The engine begins at the beginning. Neither times nor messages tell what is known: the two streams overtake one another, and Podman
    // cuts a line where it was half written when it was read.
    const known = { ...come };
    for await (const chunk of stream) {
      pieces += 1;
      const fresh = frames.next(Buffer.from(chunk)).map(({ stream: name, bytes }) => {
        const rest = bytes.subarray(known[name]);
        known[name] -= bytes.length - rest.length;
        come[name] += rest.length;
        return { stream: name, bytes: rest };
      });
      const said = fresh.flatMap(({ stream: name, bytes }) => (name === 'stderr' ? [bytes] : []));
      if (said.length > 0) lastWords = Buffer.concat([lastWords, ...said]).subarray(-LAST_WORDS_BYTES);
      await write(Buffer.concat(fresh.map(({ stream: name, bytes }) => masks[name].next(bytes))));
    }
  };
  return {
    async follow(container, signal) {
      const asked = { follow: true, stdout: true, stderr: true, abortSignal: signal } as const;
      await take(await container.logs(asked));
    },
    async readRest(docker, id, signal) {
      await take(await openStream(docker, `/containers/${id}/logs?stdout=1&stderr=1`, signal));
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
