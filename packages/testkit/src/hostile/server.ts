/** A server that means harm, over bare sockets, to test the bounds of a client with. It holds no more than a few blocks itself. */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { HostileKind } from './kinds.js';
import { scriptOf, wholeAnswer, type Script } from './script.js';

export interface HostileServer {
  /** Without a slash at the end. */
  readonly baseUrl: string;
  readonly port: number;
  /** Requests that it has read whole. */
  readonly requests: () => number;
  /** Connections that are open. */
  readonly connections: () => number;
  /** Bytes that sockets have taken. */
  readonly bytesSent: () => number;
  /** Cuts every connection. Idempotent. */
  close(): Promise<void>;
}

export interface HostileOptions {
  /** After how many bytes of the answer `reset-at-byte` resets; 0 is before the first. */
  readonly atByte?: number;
}

/** How long the answer is that `reset-at-byte` cuts short, in bytes. */
export function hostileAnswerBytes({ chat = false }: { readonly chat?: boolean } = {}): number {
  return wholeAnswer({ chat }).length;
}

/** A reset overtakes bytes that have not been read: they get this long to arrive. */
const ARRIVAL_MS = 20;

/** Listens on a free port of this machine. Whatever is asked for, it answers in its kind. */
export async function startHostileServer(
  kind: HostileKind,
  { atByte = 0 }: HostileOptions = {},
): Promise<HostileServer> {
  const sockets = new Set<Socket>();
  let requests = 0;
  let bytesClosed = 0;
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('end', () => socket.end());
    socket.on('close', () => {
      sockets.delete(socket);
      bytesClosed += socket.bytesWritten;
    });
    let own = 0;
    onRequests(socket, (head) => {
      const script = scriptOf(kind, { request: own, atByte, chat: head.includes('/chat/') });
      own += 1;
      requests += 1;
      play(socket, script);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const closed = once(server, 'close');
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    port,
    requests: () => requests,
    connections: () => sockets.size,
    bytesSent: () => [...sockets].reduce((sum, { bytesWritten }) => sum + bytesWritten, bytesClosed),
    close: async () => {
      if (server.listening) server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Calls back with the head of each request, once its body has been read too. */
function onRequests(socket: Socket, act: (head: string) => void): void {
  let read = Buffer.alloc(0);
  socket.on('data', (bytes: Buffer) => {
    read = Buffer.concat([read, bytes]);
    for (;;) {
      const end = read.indexOf('\r\n\r\n');
      if (end < 0) return;
      const head = read.toString('latin1', 0, end);
      const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
      const whole = end + 4 + length;
      if (read.length < whole) return;
      read = read.subarray(whole);
      act(head);
    }
  });
}

function play(socket: Socket, { bytes, then }: Script): void {
  if (typeof then === 'object') {
    socket.write(bytes);
    repeat(socket, then.repeat, then.times);
    return;
  }
  if (then === 'stay') socket.write(bytes);
  else if (then === 'end') socket.end(bytes);
  else if (bytes.length === 0) socket.resetAndDestroy();
  else socket.write(bytes, () => setTimeout(() => socket.resetAndDestroy(), ARRIVAL_MS));
}

/** As fast as it is read; every block is the same memory. */
function repeat(socket: Socket, block: Buffer, times: number): void {
  let left = times;
  const more = (): void => {
    // In turns, so that a client in this process gets to read.
    if (left <= 0 || socket.destroyed || !socket.writable) return;
    left -= 1;
    if (socket.write(block)) setImmediate(more);
    else socket.once('drain', more);
  };
  more();
}
