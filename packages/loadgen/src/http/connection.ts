/**
 * One connection to the endpoint, http or https, kept alive between requests. Reads go into one buffer that all
 * connections of a thread share: each read is dealt with before the next one.
 */
import net from 'node:net';
import tls from 'node:tls';
import { createResponseReader, HeadTooLarge, type ResponseHead } from './response.js';

/** Gets what belongs to one request. Exactly one of `onEnd` and `onFailure` is called, once, and nothing after it. */
export interface Exchange {
  onHead(head: ResponseHead): void;
  /** A part of the body, valid only during the call; `arrivedNs` was taken before any of it was looked at. */
  onBody(bytes: Buffer, start: number, end: number, arrivedNs: number): void;
  onEnd(): void;
  onFailure(failure: ConnectionFailure): void;
}

export interface ConnectionFailure {
  /** `connect`: no connection; `reset`: it broke; `closed`: it ended before the answer did; `malformed-http`: what came is no HTTP;
   * `header-too-large`: its head did not end. */
  readonly errorClass: 'connect' | 'reset' | 'closed' | 'malformed-http' | 'header-too-large';
  readonly message: string;
}

export interface Connection {
  /** Resolves once it is open; rejects with a ConnectionFailure. */
  readonly opened: Promise<void>;
  /** Sends a request; the one before must have ended. */
  send(request: string, exchange: Exchange): void;
  /** True when another request may be sent over it. */
  isReusable(): boolean;
  /** Nothing more is told of its exchange. */
  destroy(): void;
}

export interface ConnectionOptions {
  readonly url: URL;
  /** Shared by all connections of a thread. */
  readonly buffer: Buffer;
  /** Nanoseconds since the load's origin. */
  readonly now: () => number;
  /** Called when it can be used no more. */
  readonly onClosed: (connection: Connection) => void;
}

export function openConnection({ url, buffer, now, onClosed }: ConnectionOptions): Connection {
  let exchange: Exchange | null = null;
  let keepAlive = true;
  let isOpen = false;
  let arrivedNs = 0;

  const reader = createResponseReader({
    onHead(head) {
      keepAlive = head.keepAlive;
      exchange?.onHead(head);
    },
    onBody: (bytes, start, end) => exchange?.onBody(bytes, start, end, arrivedNs),
    onEnd() {
      const ended = exchange;
      exchange = null;
      if (!keepAlive) close();
      ended?.onEnd();
    },
  });

  const fail = (failure: ConnectionFailure): void => {
    const failed = exchange;
    exchange = null;
    close();
    failed?.onFailure(failure);
  };
  const close = (): void => {
    if (keepAlive || isOpen) {
      keepAlive = false;
      isOpen = false;
      onClosed(connection);
    }
    socket.destroy();
  };

  const onBytes = (length: number): boolean => {
    arrivedNs = now();
    // Bytes that nobody asked for: the connection is out of step and of no more use.
    if (exchange === null) {
      close();
      return true;
    }
    try {
      const used = reader.push(buffer, 0, length);
      if (used < length) close();
    } catch (error) {
      const errorClass = error instanceof HeadTooLarge ? 'header-too-large' : 'malformed-http';
      fail({ errorClass, message: error instanceof Error ? error.message : String(error) });
    }
    return true;
  };
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const secure = url.protocol === 'https:';
  const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port);
  const where = { host, port, onread: { buffer, callback: onBytes } };
  const socket = secure
    ? tls.connect({ ...where, ALPNProtocols: ['http/1.1'], ...(net.isIP(host) ? {} : { servername: host }) })
    : net.connect(where);
  socket.setNoDelay(true);

  const opened = new Promise<void>((resolve, reject) => {
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      isOpen = true;
      resolve();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const message = error.code ?? error.message;
      if (!isOpen) reject(new Error(message));
      fail({ errorClass: isOpen ? 'reset' : 'connect', message });
    });
    socket.on('close', () => {
      if (!isOpen) reject(new Error('closed before it was open'));
      if (exchange !== null && reader.end()) return;
      fail({ errorClass: 'closed', message: 'the connection was closed before the answer had ended' });
    });
  });
  opened.catch(() => undefined);

  const connection: Connection = {
    opened,
    isReusable: () => isOpen && keepAlive && exchange === null,
    send(request, next) {
      reader.reset();
      exchange = next;
      socket.write(request, 'utf8');
    },
    destroy() {
      exchange = null;
      close();
    },
  };
  return connection;
}
