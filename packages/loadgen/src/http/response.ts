/**
 * HTTP/1.1 answers from bytes: status, headers, and the body by length, in chunks or until the connection ends. Only what
 * an inference server sends; every part is bounded, and nothing is copied but the head.
 */

/** Longest head that is kept. Node's own server allows 16 KiB, proxies 64. */
const MAX_HEAD_BYTES = 64 * 1024;
/** Longest chunk-size line with its extensions, and longest trailer. */
const MAX_LINE_BYTES = 4 * 1024;
/** Most provisional (1xx) answers before the real one. */
const MAX_PROVISIONAL = 16;

export interface ResponseHead {
  readonly status: number;
  /** Lower-case names; of equal ones the last counts. */
  readonly headers: ReadonlyMap<string, string>;
  /** Whether the connection may be used again once the answer has ended. */
  readonly keepAlive: boolean;
}

export interface ResponseHandlers {
  onHead(head: ResponseHead): void;
  /** A part of the body, valid only during the call. */
  onBody(bytes: Buffer, start: number, end: number): void;
  /** The answer is whole. */
  onEnd(): void;
}

export interface ResponseReader {
  /**
   * Takes `bytes[start, end)` and gives the place up to which they belonged to the answer: less than `end` only when more
   * came than the answer has. Throws MalformedResponse.
   */
  push(bytes: Buffer, start: number, end: number): number;
  /** The connection has ended. True when that is how the answer ends; false when it was cut. */
  end(): boolean;
  /** Ready for the answer to the next request. */
  reset(): void;
}

/** Bytes that are no HTTP. */
export class MalformedResponse extends Error {
  override readonly name = 'MalformedResponse';
}

/** A head that is longer than what is kept. */
export class HeadTooLarge extends MalformedResponse {}

const LF = 0x0a;
const CR = 0x0d;

type State = 'head' | 'length' | 'until-close' | 'size' | 'data' | 'data-end' | 'trailer' | 'done';

export function createResponseReader(handlers: ResponseHandlers): ResponseReader {
  let state: State = 'head';
  let head = '';
  let provisional = 0;
  /** Bytes of the body, or of the chunk, that have not come yet. */
  let left = 0;
  let line = '';

  const finish = (): void => {
    state = 'done';
    handlers.onEnd();
  };

  /** Takes a line from the bytes; null when its end has not come. Lines are short and rare but for chunk sizes, see below. */
  let lineEnd = 0;
  const takeLine = (bytes: Buffer, start: number, end: number): string | null => {
    const found = bytes.indexOf(LF, start);
    const until = found === -1 || found >= end ? end : found;
    if (line.length + until - start > MAX_LINE_BYTES) throw new MalformedResponse('a line without end');
    line += bytes.toString('latin1', start, until);
    lineEnd = until;
    if (until === end) return null;
    lineEnd = until + 1;
    const whole = line.endsWith('\r') ? line.slice(0, -1) : line;
    line = '';
    return whole;
  };

  const readHead = (bytes: Buffer, start: number, end: number): number => {
    for (let at = start; at < end;) {
      const found = bytes.indexOf(LF, at);
      const until = found === -1 || found >= end ? end : found + 1;
      if (head.length + until - at > MAX_HEAD_BYTES)
        throw new HeadTooLarge(`a head of more than ${MAX_HEAD_BYTES} bytes`);
      head += bytes.toString('latin1', at, until);
      at = until;
      if (head.endsWith('\n\r\n') || head.endsWith('\n\n')) {
        const text = head;
        head = '';
        beginBody(text);
        return at;
      }
      if (head.length > 8 && !head.startsWith('HTTP/1.'))
        throw new MalformedResponse('an answer that is no HTTP/1');
    }
    return end;
  };

  const beginBody = (text: string): void => {
    const { status, version, headers } = parseHead(text);
    if (status >= 100 && status < 200) {
      provisional += 1;
      if (status === 101 || provisional > MAX_PROVISIONAL)
        throw new MalformedResponse(`unexpected HTTP ${status} answers`);
      return;
    }
    const connection = (headers.get('connection') ?? '').toLowerCase();
    const chunked = (headers.get('transfer-encoding') ?? '').toLowerCase();
    const length = headers.get('content-length');
    if (chunked !== '' && chunked !== 'chunked')
      throw new MalformedResponse(`transfer-encoding ${chunked.slice(0, 50)}`);
    let untilClose = false;
    left = 0;
    if (status === 204 || status === 304) state = 'length';
    else if (chunked !== '') state = 'size';
    else if (length !== undefined) {
      if (!/^\d{1,15}$/.test(length)) throw new MalformedResponse(`content-length ${length.slice(0, 50)}`);
      state = 'length';
      left = Number(length);
    } else {
      state = 'until-close';
      untilClose = true;
    }
    const persistent = version === '1.1' ? !connection.includes('close') : connection.includes('keep-alive');
    handlers.onHead({ status, headers, keepAlive: persistent && !untilClose });
    if (state === 'length' && left === 0) finish();
  };

  const readSize = (bytes: Buffer, start: number, end: number): number => {
    // The usual case, a short line of hexadecimal digits that is whole, without a string.
    if (line === '') {
      let size = 0;
      let at = start;
      while (at < end && at - start < 8) {
        const digit = hexDigit(bytes[at] ?? 0);
        if (digit === -1) break;
        size = size * 16 + digit;
        at += 1;
      }
      if (at > start && at + 1 < end && bytes[at] === CR && bytes[at + 1] === LF) {
        beginChunk(size);
        return at + 2;
      }
    }
    const text = takeLine(bytes, start, end);
    if (text === null) return lineEnd;
    const digits = /^([0-9a-fA-F]{1,12})[ \t]*(;.*)?$/.exec(text)?.[1];
    if (digits === undefined)
      throw new MalformedResponse(`a chunk size that is none: ${JSON.stringify(text.slice(0, 50))}`);
    beginChunk(Number.parseInt(digits, 16));
    return lineEnd;
  };

  const beginChunk = (size: number): void => {
    left = size;
    state = size === 0 ? 'trailer' : 'data';
  };

  let trailerBytes = 0;

  return {
    push(bytes, start, end) {
      let at = start;
      while (at < end) {
        switch (state) {
          case 'head':
            at = readHead(bytes, at, end);
            break;
          case 'size':
            at = readSize(bytes, at, end);
            break;
          case 'data':
          case 'length': {
            const until = Math.min(end, at + left);
            left -= until - at;
            const from = at;
            at = until;
            const inChunk = state === 'data';
            if (left === 0 && inChunk) state = 'data-end';
            handlers.onBody(bytes, from, until);
            if (left === 0 && !inChunk) finish();
            break;
          }
          case 'until-close':
            handlers.onBody(bytes, at, end);
            at = end;
            break;
          case 'data-end': {
            const byte = bytes[at];
            at += 1;
            if (byte === LF) state = 'size';
            else if (byte !== CR) throw new MalformedResponse('a chunk longer than its size');
            break;
          }
          case 'trailer': {
            const text = takeLine(bytes, at, end);
            trailerBytes += lineEnd - at;
            if (trailerBytes > MAX_LINE_BYTES) throw new MalformedResponse('a trailer without end');
            at = lineEnd;
            if (text === '') finish();
            break;
          }
          case 'done':
            return at;
        }
      }
      return at;
    },
    end() {
      if (state === 'done') return true;
      if (state !== 'until-close') return false;
      finish();
      return true;
    },
    reset() {
      state = 'head';
      head = '';
      line = '';
      left = 0;
      provisional = 0;
      trailerBytes = 0;
    },
  };
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

function parseHead(text: string): { status: number; version: string; headers: Map<string, string> } {
  const [statusLine = '', ...lines] = text.split('\n');
  const match = /^HTTP\/(1\.[01]) (\d{3})(?: |\r|$)/.exec(statusLine);
  if (!match) throw new MalformedResponse('an answer that is no HTTP/1');
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon <= 0) continue;
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    // RFC 9112, 6.3: lengths that differ are an error that nobody can recover from.
    if (name === 'content-length' && (headers.get(name) ?? value) !== value) {
      throw new MalformedResponse('two content-lengths that differ');
    }
    headers.set(name, value);
  }
  return { status: Number(match[2]), version: match[1] ?? '', headers };
}
