/**
 * The traces of a thread until they are handed over: in pages, the numbers and the chunks of each in one piece of memory. As
 * objects, of which there may be a million, they would take several times as much, and long to hand over.
 */
import type { RequestTrace } from '../trace.js';
import type { TracePage } from './messages.js';

/** 2 MiB of chunks a page: that much at most is not used at its end. */
const PAGE_ENTRIES = 2 ** 19;
/** To unpack so many takes the harness some milliseconds. */
const PAGE_REQUESTS = 2_048;

/** Numbers and texts of one trace, as `createPage` writes and `unpackPage` reads them. */
const NUMBERS = 18;
const TEXTS = 3;
/** In place of the tokens of every chunk, where each has a number of its own. */
const EACH_ITS_OWN = -1;
const STATUSES: readonly RequestTrace['status'][] = ['completed', 'failed', 'cancelled'];

export interface TracePages {
  /** Keeps a trace but for its index; its chunks are copied. */
  add(trace: RequestTrace): void;
  /** Takes a page off, in any order; null when there is none. */
  take(): TracePage | null;
}

export function createTracePages(pageEntries = PAGE_ENTRIES, pageRequests = PAGE_REQUESTS): TracePages {
  const full: TracePage[] = [];
  let open: OpenPage | null = null;
  const close = () => {
    if (open) full.push(open.closed());
    open = null;
  };

  return {
    add(trace) {
      const { gaps, tokens } = trace.chunks;
      const needed = gaps.length + (typeof tokens === 'number' ? 0 : tokens.length);
      if (!open?.hasRoomFor(needed)) {
        close();
        open = createPage(Math.max(needed, pageEntries), pageRequests);
      }
      open.add(trace);
    },
    take() {
      if (full.length === 0) close();
      return full.pop() ?? null;
    },
  };
}

interface OpenPage {
  /** For one more trace with so many entries of chunks. */
  hasRoomFor(entries: number): boolean;
  add(trace: RequestTrace): void;
  closed(): TracePage;
}

function createPage(mostEntries: number, mostRequests: number): OpenPage {
  const rows = new Float64Array(mostRequests * NUMBERS);
  const texts: (string | null)[] = [];
  const entries = new Uint32Array(mostEntries);
  let count = 0;
  let used = 0;
  const keep = (values: Uint32Array) => {
    entries.set(values, used);
    used += values.length;
  };
  return {
    hasRoomFor: (needed) => count < mostRequests && needed <= mostEntries - used,
    add({ chunks, ...trace }) {
      const row = [
        STATUSES.indexOf(trace.status),
        orNaN(trace.slot),
        trace.conversation,
        trace.turn,
        trace.intendedNs,
        trace.roomNs,
        trace.sentNs,
        trace.endedNs,
        orNaN(trace.inputTokensSent),
        trace.outputTokensAsked,
        orNaN(trace.inputTokens),
        orNaN(trace.inputTokensCached),
        orNaN(trace.outputTokens),
        chunks.count,
        orNaN(chunks.firstNs),
        orNaN(chunks.lastNs),
        chunks.gaps.length,
        typeof chunks.tokens === 'number' ? chunks.tokens : EACH_ITS_OWN,
      ];
      rows.set(row, count * NUMBERS);
      texts.push(trace.errorClass, trace.errorMessage, trace.finishReason);
      count += 1;
      keep(chunks.gaps);
      if (typeof chunks.tokens !== 'number') keep(chunks.tokens);
    },
    closed: () => ({ rows: rows.subarray(0, count * NUMBERS), texts, entries }),
  };
}

/** What of a page is handed over, and not copied. */
export const memoryOf = ({ rows, entries }: TracePage): ArrayBuffer[] => [rows.buffer, entries.buffer];

/** The traces of a page. Their index is that in the page; their chunks lie in its memory. */
export function unpackPage({ rows, texts, entries }: TracePage): RequestTrace[] {
  const traces: RequestTrace[] = [];
  // Of the same text there are thousands.
  const known = new Map<string, string>();
  const textAt = (place: number) => {
    const text = texts[place] ?? null;
    if (text === null) return null;
    const same = known.get(text) ?? text;
    known.set(text, same);
    return same;
  };
  let used = 0;
  const take = (length: number) => entries.subarray(used, (used += length));

  for (let index = 0; index * NUMBERS < rows.length; index += 1) {
    const [
      status = NaN,
      slot = NaN,
      conversation = NaN,
      turn = NaN,
      intendedNs = NaN,
      roomNs = NaN,
      sentNs = NaN,
      endedNs = NaN,
      inputTokensSent = NaN,
      outputTokensAsked = NaN,
      inputTokens = NaN,
      inputTokensCached = NaN,
      outputTokens = NaN,
      count = NaN,
      firstNs = NaN,
      lastNs = NaN,
      gaps = NaN,
      tokens = NaN,
    ] = rows.subarray(index * NUMBERS, (index + 1) * NUMBERS);
    traces.push({
      index,
      status: STATUSES[status] ?? 'failed',
      slot: orNull(slot),
      conversation,
      turn,
      intendedNs,
      roomNs,
      sentNs,
      endedNs,
      inputTokensSent: orNull(inputTokensSent),
      outputTokensAsked,
      inputTokens: orNull(inputTokens),
      inputTokensCached: orNull(inputTokensCached),
      outputTokens: orNull(outputTokens),
      errorClass: textAt(index * TEXTS),
      errorMessage: textAt(index * TEXTS + 1),
      finishReason: textAt(index * TEXTS + 2),
      chunks: {
        count,
        firstNs: orNull(firstNs),
        lastNs: orNull(lastNs),
        gaps: take(gaps),
        tokens: tokens === EACH_ITS_OWN ? take(count) : tokens,
      },
    });
  }
  return traces;
}

const orNaN = (value: number | null): number => value ?? NaN;
const orNull = (value: number): number | null => (Number.isNaN(value) ? null : value);

/** The requests of all threads, numbered anew. In place: there may be a million of them. */
export function inOrderOfSending(requests: RequestTrace[]): RequestTrace[] {
  requests.sort((one, other) => one.sentNs - other.sentNs);
  for (const [index, request] of requests.entries()) Object.assign(request, { index });
  return requests;
}
