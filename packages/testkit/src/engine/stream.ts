/** One streamed answer: tokens in, events in their framing out, each noted in the ledger just before it leaves. */
import { forEachEvent, hasText, pingOf, type Answer } from './answer.js';
import { tokensOfWrite } from './chunking.js';
import { createFraming } from './body.js';
import type { Reply } from './http.js';
import type { OpenEntry } from './ledger.js';
import type { EngineOptions } from './options.js';
import { createOutlet, type Stamp } from './outlet.js';
import { seedOf } from './random.js';

export interface AnswerStream {
  /** The head. */
  readonly open: () => void;
  /** Its time in a slot begins, with so many tokens of the prompt found in the cache. */
  readonly start: (cachedTokens: number) => void;
  /** Tokens of the next write after so many. */
  readonly tokensOfNextWrite: (sent: number) => number;
  readonly send: (count: number, last: boolean) => boolean;
  /** A comment. */
  readonly ping: () => void;
  /** Calls back when all has left. */
  readonly finish: (act: () => void) => void;
  readonly drop: () => void;
}

/** Repeated writes of events that are all alike are kept, so many lengths of them. */
const KEPT = 8;

export function createAnswerStream(
  options: EngineOptions,
  makeAnswer: () => Answer,
  entry: OpenEntry,
  reply: Reply,
  nowNs: () => number,
): AnswerStream {
  const { chunking } = options;
  const outlet = createOutlet(reply, chunking.cut, seedOf(options.seed, entry.index));
  const answer = makeAnswer();
  const framing = createFraming(options);
  const repeated = new Map<number, Buffer>();
  // What has been made: bytes that are cut leave later.
  let [event, token] = [0, 0];
  // What the scheduler has asked about, which is ahead of that.
  let [plannedEvent, plannedToken] = [0, 0];

  const put = (bytes: Buffer, stamps: readonly Stamp[] = []) => {
    entry.bytes += bytes.length;
    return outlet.write(bytes, stamps);
  };
  /** Sizes of the writes that so many tokens make. */
  const writesOf = (count: number): number[] => {
    const sizes: number[] = [];
    let next = event;
    for (let left = count; left > 0; left -= sizes.at(-1) ?? left) {
      sizes.push(Math.min(left, tokensOfWrite(chunking, next)));
      next += chunking.eventsPerWrite;
    }
    return sizes;
  };
  const tail = () =>
    Buffer.concat([framing.frame([answer.last()].filter((text) => text !== '')).bytes, framing.end]);

  function sendAlike(count: number, last: boolean): boolean {
    let bytes = repeated.get(count);
    if (bytes === undefined) {
      const one = answer.tokens(event, token, 1);
      bytes = Buffer.concat(
        writesOf(count).map((size) => framing.frame(Array<string>(size).fill(one)).bytes),
      );
      if (repeated.size < KEPT) repeated.set(count, bytes);
    }
    event += count;
    token += count;
    if (count > 0) entry.record(count, 1, hasText(chunking, 0), nowNs());
    return put(last ? Buffer.concat([bytes, tail()]) : bytes);
  }

  function sendEach(count: number, last: boolean): boolean {
    const parts: Buffer[] = [];
    const stamps: Stamp[] = [];
    let before = 0;
    if (token === 0 && chunking.firstChunk === 'with-first-token') {
      const { bytes } = framing.frame([answer.first()]);
      parts.push(bytes);
      before = bytes.length;
    }
    for (const size of writesOf(count)) {
      const events: string[] = [];
      const records: Stamp['stamp'][] = [];
      forEachEvent(chunking, { event, token }, size, (number, firstToken, tokens) => {
        events.push(answer.tokens(number, firstToken, tokens));
        records.push(() => entry.record(1, tokens, hasText(chunking, number), nowNs()));
      });
      event += events.length;
      token += size;
      const framed = framing.frame(events);
      const ends = framed.ends();
      const offset = before;
      records.forEach((stamp, index) => stamps.push({ atByte: offset + (ends[index] ?? 0), stamp }));
      parts.push(framed.bytes);
      before += framed.bytes.length;
    }
    if (last) parts.push(tail());
    return put(Buffer.concat(parts), stamps);
  }

  const quick = answer.alike && chunking.cut === null && chunking.firstChunk !== 'with-first-token';
  const putHead = (length: string) =>
    put(reply.head(200, 'text/event-stream', `cache-control: no-cache\r\n${length}${framing.head}`));
  // Its length depends on what the cache held, which is known when it runs.
  const toldLength = chunking.framing === 'content-length';
  return {
    open() {
      if (!toldLength) putHead('');
    },
    start(cached) {
      answer.setCached(cached);
      if (toldLength) {
        const again = makeAnswer();
        again.setCached(cached);
        putHead(`content-length: ${lengthOf(options, again, entry.plannedTokens)}\r\n`);
      }
      if (chunking.firstChunk === 'at-start') put(framing.frame([answer.first()]).bytes);
    },
    tokensOfNextWrite(sent) {
      while (plannedToken < sent) {
        plannedToken += tokensOfWrite(chunking, plannedEvent);
        plannedEvent += chunking.eventsPerWrite;
      }
      return tokensOfWrite(chunking, plannedEvent);
    },
    send: quick ? sendAlike : sendEach,
    ping: () => void put(framing.frame([pingOf(chunking)]).bytes),
    finish: outlet.finish,
    drop: outlet.drop,
  };
}

/** Bytes of all events of an answer. */
function lengthOf({ chunking }: EngineOptions, answer: Answer, tokens: number): number {
  let bytes = chunking.firstChunk === 'none' ? 0 : Buffer.byteLength(answer.first());
  forEachEvent(chunking, { event: 0, token: 0 }, tokens, (event, firstToken, count) => {
    bytes += Buffer.byteLength(answer.tokens(event, firstToken, count));
  });
  return bytes + Buffer.byteLength(answer.last());
}
