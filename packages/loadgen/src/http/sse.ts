/** Server-sent events from bytes: cuts at any byte, CRLF, comments and several events a chunk. */

/** An event longer than this is refused, so that a server cannot take our memory. */
export const MAX_EVENT_BYTES = 16 * 1024 * 1024;

const LF = 0x0a;
const CR = 0x0d;

export interface SseReader {
  /** Takes bytes; calls back for every event that they complete. Throws RangeError over MAX_EVENT_BYTES. */
  push(bytes: Buffer): void;
}

/**
 * Calls `onData` with the payload of each event (its `data:` lines joined by a line feed), in order. Lines end in LF or
 * CRLF; a lone CR, which no engine sends, is part of a line.
 */
export function createSseReader(onData: (payload: string) => void): SseReader {
  /** Bytes of a line whose end has not arrived. */
  let partial: Buffer[] = [];
  let partialBytes = 0;
  let data: string[] = [];
  let dataBytes = 0;

  const line = (bytes: Buffer): void => {
    const end = bytes.length > 0 && bytes[bytes.length - 1] === CR ? bytes.length - 1 : bytes.length;
    if (end === 0) {
      if (data.length > 0) {
        const [first] = data;
        const payload = data.length === 1 && first !== undefined ? first : data.join('\n');
        data = [];
        dataBytes = 0;
        onData(payload);
      }
      return;
    }
    // "data:" is 64 61 74 61 3a; other fields and comments carry nothing that we use.
    if (
      end < 5 ||
      bytes[0] !== 0x64 ||
      bytes[1] !== 0x61 ||
      bytes[2] !== 0x74 ||
      bytes[3] !== 0x61 ||
      bytes[4] !== 0x3a
    ) {
      return;
    }
    dataBytes += end;
    if (dataBytes > MAX_EVENT_BYTES) throw new RangeError(`an event of more than ${MAX_EVENT_BYTES} bytes`);
    data.push(bytes.toString('utf8', bytes[5] === 0x20 ? 6 : 5, end));
  };

  return {
    push(bytes) {
      let start = 0;
      let newline = bytes.indexOf(LF, start);
      while (newline !== -1) {
        const rest = bytes.subarray(start, newline);
        if (partialBytes === 0) {
          line(rest);
        } else {
          partial.push(rest);
          const whole = Buffer.concat(partial);
          partial = [];
          partialBytes = 0;
          line(whole);
        }
        start = newline + 1;
        newline = bytes.indexOf(LF, start);
      }
      if (start < bytes.length) {
        partial.push(bytes.subarray(start));
        partialBytes += bytes.length - start;
        if (partialBytes > MAX_EVENT_BYTES)
          throw new RangeError(`an event of more than ${MAX_EVENT_BYTES} bytes`);
      }
    },
  };
}
