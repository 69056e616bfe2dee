/** One connection to the endpoint, http or https, kept alive between requests. */
import type { Sockets } from '../sockets/sockets.js';
import { createResponseReader, HeadTooLarge, type ResponseHead } from './response.js';

/** Gets what belongs to one request. Exactly one of `onEnd` and `onFailure` is called, once, and nothing after it. */
export interface Exchange {
  onHead(head: ResponseHead): void;
  /** A part of the body, valid only during the call; `arrivedNs` is when it arrived, which nothing that is done with it moves. */
  onBody(bytes: Buffer, start: number, end: number, arrivedNs: number): void;
  /** `arrivedNs`: of the last byte. */
  onEnd(arrivedNs: number): void;
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
  readonly sockets: Sockets;
  /** Called when it can be used no more. */
  readonly onClosed: (connection: Connection) => void;
}

export function openConnection({ url, sockets, onClosed }: ConnectionOptions): Connection {
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
      ended?.onEnd(arrivedNs);
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

  const onRead = (bytes: Buffer, start: number, end: number, atNs: number): void => {
    arrivedNs = atNs;
    // Bytes that nobody asked for: the connection is out of step and of no more use.
    if (exchange === null) {
      close();
      return;
    }
    try {
      const used = reader.push(bytes, start, end);
      if (used < end) close();
    } catch (error) {
      const errorClass = error instanceof HeadTooLarge ? 'header-too-large' : 'malformed-http';
      fail({ errorClass, message: error instanceof Error ? error.message : String(error) });
    }
  };

  let onOpened: () => void = () => undefined;
  let onRefused: (error: Error) => void = () => undefined;
  const opened = new Promise<void>((resolve, reject) => {
    onOpened = resolve;
    onRefused = reject;
  });
  opened.catch(() => undefined);
  const socket = sockets.connect(url, {
    onOpen() {
      isOpen = true;
      onOpened();
    },
    onRead,
    onClose(errorCode) {
      const wasOpen = isOpen;
      onRefused(new Error(errorCode ?? 'closed before it was open'));
      if (errorCode !== null) {
        fail({ errorClass: wasOpen ? 'reset' : 'connect', message: errorCode });
        return;
      }
      if (exchange !== null && reader.end()) return;
      fail({ errorClass: 'closed', message: 'the connection was closed before the answer had ended' });
    },
  });

  const connection: Connection = {
    opened,
    isReusable: () => isOpen && keepAlive && exchange === null,
    send(request, next) {
      reader.reset();
      exchange = next;
      socket.write(request);
    },
    destroy() {
      exchange = null;
      close();
    },
  };
  return connection;
}
