/**
 * The traces of a thread until they are handed over: in pages, the chunks of each in one piece of memory, since the engine
 * keeps millions of small arrays badly and hands them over slowly.
 */
import type { RequestTrace } from '../trace.js';
import type { TracePage } from './messages.js';

/** 2 MiB of memory a page: that much at most is not used at its end. */
const PAGE_ENTRIES = 2 ** 19;
/** Handing over so many takes the harness some milliseconds. */
const PAGE_REQUESTS = 2_048;

export interface TracePages {
  /** Keeps a trace; its chunks are copied. */
  add(trace: RequestTrace): void;
  /** Takes a page off, in any order; null when there is none. */
  take(): TracePage | null;
}

export function createTracePages(pageEntries = PAGE_ENTRIES, pageRequests = PAGE_REQUESTS): TracePages {
  const full: TracePage[] = [];
  let page = emptyPage(0);

  return {
    add(trace) {
      const { gaps, tokens } = trace.chunks;
      const needed = gaps.length + (typeof tokens === 'number' ? 0 : tokens.length);
      if (needed > page.room() || page.requests.length >= pageRequests) {
        if (page.requests.length > 0) full.push(page);
        page = emptyPage(Math.max(needed, pageEntries));
      }
      page.requests.push({
        ...trace,
        chunks: {
          ...trace.chunks,
          gaps: page.copy(gaps),
          tokens: typeof tokens === 'number' ? tokens : page.copy(tokens),
        },
      });
    },
    take() {
      const taken = full.pop() ?? page;
      if (taken === page) page = emptyPage(0);
      return taken.requests.length > 0 ? { requests: taken.requests, memory: taken.memory } : null;
    },
  };
}

function emptyPage(length: number) {
  const entries = new Uint32Array(length);
  const requests: RequestTrace[] = [];
  let used = 0;
  return {
    requests,
    memory: entries.buffer,
    room: () => entries.length - used,
    copy(values: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
      const copied = entries.subarray(used, used + values.length);
      copied.set(values);
      used += values.length;
      return copied;
    },
  };
}

/** The requests of all threads, numbered anew. In place: there may be a million of them. */
export function inOrderOfSending(requests: RequestTrace[]): RequestTrace[] {
  requests.sort((one, other) => one.sentNs - other.sentNs);
  for (const [index, request] of requests.entries()) Object.assign(request, { index });
  return requests;
}
