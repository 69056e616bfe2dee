/** HTTP/1.1 over node:net, as much as an engine needs: one request after the other on a connection, and answers without overhead. */
import type { Socket } from 'node:net';

export interface HttpRequest {
  readonly method: string;
  /** Without what follows a question mark. */
  readonly path: string;
  /** What follows a question mark. */
  readonly query: string;
  /** Names in lower case; of several with one name the last. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
  /** When its first byte had been read. */
  readonly receivedNs: bigint;
}

/** The answer to one request. Nothing reaches a connection that is gone. */
export interface Reply {
  /** Number of the connection, from 0. */
  readonly connection: number;
  /** A whole answer. */
  send(status: number, type: string, body: string | Buffer, headers?: string): void;
  /** The head alone; `headers` are whole lines, and tell how the body ends. Returned, so that it can be cut like all else. */
  head(status: number, type: string, headers: string): Buffer;
  /** False when the socket takes no more for now. */
  write(bytes: Buffer): boolean;
  /** The answer is whole; `close` ends the connection with it. */
  end(close: boolean): void;
  destroy(): void;
  onDrain(act: () => void): void;
  /** When the connection closes before the answer is whole. */
  onGone(act: () => void): void;
}

export type Handler = (request: HttpRequest, reply: Reply) => void;

const HEAD_END = Buffer.from('\r\n\r\n');
const LINE_END = Buffer.from('\r\n');
const MAX_HEAD_BYTES = 64 * 1024;
const MAX_BODY_BYTES = 256 * 1024 * 1024;
const REASONS: Readonly<Record<number, string>> = {
  200: 'OK',
  400: 'Bad Request',
  401: 'Unauthorized',
  404: 'Not Found',
  413: 'Payload Too Large',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** What a request is refused with before there is one. */
interface Refusal {
  readonly status: 400 | 413 | 431;
}

interface Head {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly keepAlive: boolean;
}

/** Serves one connection until it closes. */
export function serveConnection(socket: Socket, connection: number, handler: Handler): void {
  let read: Buffer[] = [];
  let readBytes = 0;
  let head: Head | null = null;
  let body: BodyReader | null = null;
  let receivedNs = 0n;
  let current: OpenReply | null = null;

  socket.setNoDelay(true);
  socket.on('error', () => undefined);
  socket.on('close', () => current?.gone());
  // Who ends its side has gone: there is nobody to wait for an answer.
  socket.on('end', () => socket.destroy());
  socket.on('drain', () => current?.drained());
  socket.on('data', (bytes: Buffer) => {
    if (readBytes === 0 && head === null) receivedNs = process.hrtime.bigint();
    read.push(bytes);
    readBytes += bytes.length;
    proceed();
  });

  function proceed(): void {
    if (current !== null) {
      if (readBytes > MAX_HEAD_BYTES) socket.pause();
      return;
    }
    if (head === null && !takeHead()) return;
    if (head === null || body === null) return;
    const taken = body.take(read);
    read = taken.rest;
    readBytes = read.reduce((sum, { length }) => sum + length, 0);
    if (taken.status !== null) refuse({ status: taken.status });
    else if (taken.body !== null) dispatch(head, taken.body);
  }

  function takeHead(): boolean {
    const bytes = read.length === 1 && read[0] !== undefined ? read[0] : Buffer.concat(read);
    read = [bytes];
    const end = bytes.indexOf(HEAD_END);
    if (end < 0 || end > MAX_HEAD_BYTES) {
      if (bytes.length > MAX_HEAD_BYTES) refuse({ status: 431 });
      return false;
    }
    head = parseHead(bytes.toString('latin1', 0, end));
    body = head === null ? null : createBodyReader(head.headers);
    if (head === null || body === null) {
      refuse({ status: 400 });
      return false;
    }
    read = [bytes.subarray(end + HEAD_END.length)];
    readBytes = bytes.length - end - HEAD_END.length;
    if (head.headers.get('expect')?.toLowerCase() === '100-continue')
      socket.write('HTTP/1.1 100 Continue\r\n\r\n');
    return true;
  }

  function refuse({ status }: Refusal): void {
    read = [];
    socket.end(
      `HTTP/1.1 ${status} ${REASONS[status] ?? ''}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`,
    );
  }

  function dispatch({ keepAlive, ...asked }: Head, whole: Buffer): void {
    const reply = createReply(socket, connection, keepAlive, () => {
      current = null;
      head = null;
      socket.resume();
      // In a turn of its own: whoever has just answered is not to be called back at once.
      if (readBytes > 0) setImmediate(proceed);
      receivedNs = process.hrtime.bigint();
    });
    current = reply;
    handler({ ...asked, body: whole, receivedNs }, reply);
  }
}

function parseHead(text: string): Head | null {
  const [requestLine = '', ...lines] = text.split('\r\n');
  const match = /^([A-Z]+) (\/[^ ?]*)(?:\?([^ ]*))? HTTP\/1\.([01])$/.exec(requestLine);
  const [, method, path, query = '', minor] = match ?? [];
  if (method === undefined || path === undefined) return null;
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon < 1) return null;
    headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  const wish = headers.get('connection')?.toLowerCase();
  return {
    method,
    path,
    query,
    headers,
    keepAlive: minor === '1' ? wish !== 'close' : wish === 'keep-alive',
  };
}

interface BodyReader {
  /** The body when it is whole, and what was read beyond it. */
  take(read: Buffer[]): {
    readonly body: Buffer | null;
    readonly rest: Buffer[];
    readonly status: Refusal['status'] | null;
  };
}

/** Null when the head does not say how the body ends in a way that can be. */
function createBodyReader(headers: ReadonlyMap<string, string>): BodyReader | null {
  if (headers.get('transfer-encoding')?.toLowerCase() === 'chunked') return createChunkReader();
  const length = headers.get('content-length') ?? '0';
  if (!/^\d{1,15}$/.test(length)) return null;
  const wanted = Number(length);
  return {
    take(read) {
      if (wanted > MAX_BODY_BYTES) return { body: null, rest: [], status: 413 };
      const bytes = read.reduce((sum, one) => sum + one.length, 0);
      if (bytes < wanted) return { body: null, rest: read, status: null };
      const all = read.length === 1 && read[0] !== undefined ? read[0] : Buffer.concat(read);
      const rest = all.length === wanted ? [] : [all.subarray(wanted)];
      return { body: all.subarray(0, wanted), rest, status: null };
    },
  };
}

function createChunkReader(): BodyReader {
  const parts: Buffer[] = [];
  let total = 0;
  return {
    take(read) {
      let rest = Buffer.concat(read);
      for (;;) {
        const lineEnd = rest.indexOf(LINE_END);
        if (lineEnd < 0)
          return { body: null, rest: [rest], status: rest.length > MAX_HEAD_BYTES ? 400 : null };
        const size = /^([0-9a-f]{1,8})\s*(;.*)?$/i.exec(rest.toString('latin1', 0, lineEnd))?.[1];
        if (size === undefined) return { body: null, rest: [], status: 400 };
        const bytes = Number.parseInt(size, 16);
        if (total + bytes > MAX_BODY_BYTES) return { body: null, rest: [], status: 413 };
        const from = lineEnd + LINE_END.length;
        if (bytes === 0) {
          // Trailers, if any, end as a head does.
          const end = rest.indexOf(HEAD_END, lineEnd);
          if (end < 0) return { body: null, rest: [rest], status: rest.length > MAX_HEAD_BYTES ? 431 : null };
          const beyond = rest.subarray(end + HEAD_END.length);
          return { body: Buffer.concat(parts), rest: beyond.length === 0 ? [] : [beyond], status: null };
        }
        if (rest.length < from + bytes + LINE_END.length) return { body: null, rest: [rest], status: null };
        parts.push(rest.subarray(from, from + bytes));
        total += bytes;
        rest = rest.subarray(from + bytes + LINE_END.length);
      }
    },
  };
}

interface OpenReply extends Reply {
  gone(): void;
  drained(): void;
}

function createReply(socket: Socket, connection: number, keepAlive: boolean, onDone: () => void): OpenReply {
  const ignored = (): void => undefined;
  let [drained, gone] = [ignored, ignored];
  const headOf = (status: number, type: string, headers: string) =>
    `HTTP/1.1 ${status} ${REASONS[status] ?? 'Unknown'}\r\ncontent-type: ${type}\r\n${headers}` +
    `${keepAlive || headers.includes('connection:') ? '' : 'connection: close\r\n'}\r\n`;
  const end = (close: boolean) => {
    [drained, gone] = [ignored, ignored];
    if (close || !keepAlive) socket.end();
    onDone();
  };
  return {
    connection,
    send(status, type, content, headers = '') {
      const bytes = typeof content === 'string' ? Buffer.from(content) : content;
      const head = headOf(status, type, `${headers}content-length: ${bytes.length}\r\n`);
      socket.write(Buffer.concat([Buffer.from(head), bytes]));
      end(false);
    },
    head: (status, type, headers) => Buffer.from(headOf(status, type, headers)),
    write: (bytes) => socket.write(bytes),
    end,
    destroy: () => socket.destroy(),
    onDrain: (act) => {
      drained = act;
    },
    onGone: (act) => {
      gone = act;
    },
    drained: () => drained(),
    gone: () => gone(),
  };
}
