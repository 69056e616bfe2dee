/**
 * Server-sent events from bytes: cuts at any byte, CRLF, comments and several events a read. An event that lies whole in
 * what was read is handed over where it lies; only what is cut is copied.
 */

/** An event longer than this is refused, so that a server cannot take our memory. */
export const MAX_EVENT_BYTES = 1024 * 1024;

const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const FIRST_BYTES = 4096;

export interface SseReader {
  /** Takes `bytes[start, end)`; calls back for every event that they complete. Throws RangeError over MAX_EVENT_BYTES. */
  push(bytes: Buffer, start: number, end: number): void;
}

/** The payload of an event is `bytes[start, end)`, valid only during the call. */
export type OnEvent = (bytes: Buffer, start: number, end: number) => void;

/**
 * Calls `onEvent` with the payload of each event (its `data:` lines joined by a line feed), in order. Lines end in LF,
 * CRLF or, in a stream that has nothing else, CR.
 */
export function createSseReader(onEvent: OnEvent): SseReader {
  /** A line whose end has not arrived. */
  const line = createHold();
  /** Data lines of an event whose blank line has not arrived, each with a line feed in front. */
  const data = createHold();

  const dispatchHeld = (): void => {
    if (data.length === 0) return;
    const { length } = data;
    data.length = 0;
    onEvent(data.bytes, 1, length);
  };

  /** Takes a whole line that could not be handed over where it lies. */
  const takeLine = (bytes: Buffer, start: number, end: number): void => {
    const until = end > start && bytes[end - 1] === CR ? end - 1 : end;
    if (until === start) {
      dispatchHeld();
      return;
    }
    const payload = payloadOf(bytes, start, until);
    if (payload === -1) return;
    append(data, LF_BYTE, 0, 1);
    append(data, bytes, payload, until);
  };

  /** Nothing but CR ends lines here. */
  let crAlone = false;
  const takeHeld = (): void => {
    const { length } = line;
    line.length = 0;
    takeLine(line.bytes, 0, length);
  };
  const pushWithCr = (bytes: Buffer, start: number, end: number): void => {
    let from = start;
    for (let at = start; at < end; at += 1) {
      if (bytes[at] !== CR) continue;
      append(line, bytes, from, at);
      takeHeld();
      from = at + 1;
    }
    append(line, bytes, from, end);
  };

  return {
    push(bytes, start, end) {
      let at = start;
      if (!crAlone && endsInCr(line) && bytes[at] !== LF) {
        crAlone = true;
        takeHeld();
      }
      if (crAlone) {
        pushWithCr(bytes, at, end);
        return;
      }
      while (at < end) {
        const newline = bytes.indexOf(LF, at);
        if (newline === -1 || newline >= end) {
          crAlone = hasLoneCr(bytes, at, end);
          if (crAlone) pushWithCr(bytes, at, end);
          else append(line, bytes, at, end);
          return;
        }
        if (line.length > 0) {
          append(line, bytes, at, newline);
          takeHeld();
          at = newline + 1;
          continue;
        }
        const next = blankLineAfter(bytes, newline, end);
        if (data.length > 0 || next === -1) {
          takeLine(bytes, at, newline);
          at = newline + 1;
          continue;
        }
        // The whole event is here: one data line and the blank line behind it.
        const until = bytes[newline - 1] === CR && newline > at ? newline - 1 : newline;
        const payload = payloadOf(bytes, at, until);
        if (payload !== -1) onEvent(bytes, payload, until);
        at = next;
      }
    },
  };
}

const LF_BYTE = Buffer.from([LF]);

/** Bytes that are kept until more of them have come. */
interface Hold {
  bytes: Buffer;
  length: number;
}

function createHold(): Hold {
  return { bytes: Buffer.alloc(0), length: 0 };
}

function append(hold: Hold, bytes: Buffer, start: number, end: number): void {
  const length = hold.length + end - start;
  if (length > MAX_EVENT_BYTES) throw new RangeError(`an event of more than ${MAX_EVENT_BYTES} bytes`);
  if (length > hold.bytes.length) {
    const larger = Buffer.allocUnsafe(Math.max(FIRST_BYTES, 2 ** Math.ceil(Math.log2(length))));
    hold.bytes.copy(larger, 0, 0, hold.length);
    hold.bytes = larger;
  }
  bytes.copy(hold.bytes, hold.length, start, end);
  hold.length = length;
}

const endsInCr = ({ bytes, length }: Hold): boolean => length > 0 && bytes[length - 1] === CR;

/** True when a CR is followed by something else than what could be its line feed. */
function hasLoneCr(bytes: Buffer, start: number, end: number): boolean {
  for (let at = bytes.indexOf(CR, start); at !== -1 && at + 1 < end; at = bytes.indexOf(CR, at + 1)) {
    if (bytes[at + 1] !== LF) return true;
  }
  return false;
}

/** Place behind the blank line that follows the line feed at `newline`; -1 when there is none, or not yet. */
function blankLineAfter(bytes: Buffer, newline: number, end: number): number {
  const next = newline + 1;
  if (next >= end) return -1;
  if (bytes[next] === LF) return next + 1;
  return bytes[next] === CR && next + 1 < end && bytes[next + 1] === LF ? next + 2 : -1;
}

/** Where the payload of a `data:` line begins; -1 for other fields and comments, which carry nothing that we use. */
function payloadOf(bytes: Buffer, start: number, end: number): number {
  if (
    end - start < 5 ||
    bytes[start] !== 0x64 ||
    bytes[start + 1] !== 0x61 ||
    bytes[start + 2] !== 0x74 ||
    bytes[start + 3] !== 0x61 ||
    bytes[start + 4] !== 0x3a
  ) {
    return -1;
  }
  return start + 5 < end && bytes[start + 5] === SPACE ? start + 6 : start + 5;
}
