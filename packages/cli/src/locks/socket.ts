/**
 * A lock of this machine: a socket in the abstract namespace of Linux, which one process at a time can listen on. The
 * kernel gives it back however the process ends, so that no lock is ever stale; there is no file whose folder or
 * permissions users would have to share; whoever connects is told who holds it, and sees the connection close when it
 * is free. The namespace is that of the network: a container has one of its own unless it uses the host's.
 * (proper-lockfile was looked at: it takes a lock for stale by the age of a file, which a stopped process or a changed
 * clock spoils.)
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { z } from 'zod';

/** A holder answers at once unless it is stopped or very busy, in milliseconds. */
const ANSWER_LIMIT_MS = 2_000;
/** More than any answer, in characters: nobody has to be believed who sends more. */
const LONGEST_ANSWER = 64 * 1_024;
/** Bytes of the longest address; a shorter one is padded by some versions of Node and not by others. */
const ADDRESS_BYTES = 108;

/** The address of a lock. Locks of different scopes know nothing of each other. */
export function addressOf(scope: string, name: string): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([scope, name]))
    .digest('hex');
  return `\0llem-lock/1/${digest}/`.padEnd(ADDRESS_BYTES, '-');
}

export interface Lock {
  release(): void;
}

/** Takes a lock; null when somebody has it. `holder` is asked whenever somebody wants to know. */
export async function tryLock(address: string, holder: () => object): Promise<Lock | null> {
  const waiting = new Set<Socket>();
  const server = createServer((socket) => {
    waiting.add(socket);
    // Those who wait come and go as they like.
    socket.on('error', () => undefined).on('close', () => waiting.delete(socket));
    socket
      .unref()
      .resume()
      .write(`${JSON.stringify(holder())}\n`);
  });
  if (!(await listens(server, address))) return null;
  // A lock does not keep its process going.
  server.unref();
  return {
    release() {
      server.close();
      for (const socket of waiting) socket.destroy();
    },
  };
}

async function listens(server: Server, address: string): Promise<boolean> {
  try {
    server.listen(address);
    await once(server, 'listening');
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return false;
    throw error;
  }
}

/** A lock that somebody else holds, as seen through a connection to that process. */
export interface HeldLock<Holder> {
  /** Null when the process does not say. */
  readonly holder: Holder | null;
  /** Resolves when it may be free; rejects when the signal is aborted. */
  readonly released: (signal: AbortSignal) => Promise<void>;
  /** Ends the connection. */
  leave(): void;
}

/** Asks who holds a lock, of whom `schema` is believed; null when nobody does any more. */
export async function lookAt<Holder>(
  address: string,
  schema: z.ZodType<Holder>,
): Promise<HeldLock<Holder> | null> {
  const socket = connect(address);
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  const connected = new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true));
    void closed.then(() => resolve(false));
  });
  // An error is followed by `close`, which is all that is asked for here.
  socket.on('error', () => undefined);
  const answer = answerOf(socket, closed);
  if (!(await connected)) return null;
  const leave = () => void socket.destroy();
  return {
    holder: parseHolder(await answer, schema),
    async released(signal) {
      signal.addEventListener('abort', leave, { once: true });
      if (signal.aborted) leave();
      await closed;
      signal.removeEventListener('abort', leave);
      signal.throwIfAborted();
    },
    leave,
  };
}

/** The first line that comes; null when none does in time. */
async function answerOf(socket: Socket, closed: Promise<void>): Promise<string | null> {
  let received = '';
  const line = new Promise<string>((resolve) => {
    socket.setEncoding('utf8').on('data', (text: string) => {
      if (received.includes('\n')) return;
      received += text;
      if (received.includes('\n')) resolve(received);
      else if (received.length > LONGEST_ANSWER) socket.destroy();
    });
  });
  const limit = new AbortController();
  const none = sleep(ANSWER_LIMIT_MS, null, { signal: limit.signal }).catch(() => null);
  const text = await Promise.race([line, none, closed.then(() => null)]);
  limit.abort();
  return text;
}

function parseHolder<Holder>(text: string | null, schema: z.ZodType<Holder>): Holder | null {
  try {
    return text === null ? null : (schema.safeParse(JSON.parse(text)).data ?? null);
  } catch {
    return null;
  }
}
