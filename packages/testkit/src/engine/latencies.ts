/** What a client must have seen, computed from the ledger. */
import type { LedgerEntry } from './ledger.js';

/** Latencies in ms, of completed requests in the order of arrival. */
export interface LedgerLatencies {
  /** First event with text minus `since`; of requests that have one. */
  readonly ttftMs: Float64Array;
  /** Gaps between events with text; 0 within a write. */
  readonly itlMs: Float64Array;
  /** (last token - first token) / (tokens - 1); of requests of two tokens or more. */
  readonly tpotMs: Float64Array;
  /** Last event with text minus `since`. */
  readonly e2eMs: Float64Array;
  /** Requests that the latencies are of. */
  readonly requests: number;
  /** Tokens of all requests that left within the window, whatever became of them. */
  readonly outputTokens: number;
  /** These by its length; null when it has none. */
  readonly outputTokensPerS: number | null;
}

export interface LatencyOptions {
  /** From when latencies count: the first byte of the request, or the start in a slot. Default: `received`. */
  readonly since?: 'received' | 'started';
  /**
   * The window (open, close], by `process.hrtime.bigint()`: latencies are of requests received inside, tokens of those sent
   * inside. Default: from the first request received to the last token sent.
   */
  readonly openNs?: bigint;
  readonly closeNs?: bigint;
}

/** What is needed of an entry, of a live ledger or one that was read. */
export type LedgerRead = Pick<
  LedgerEntry,
  'receivedNs' | 'startedNs' | 'outcome' | 'sentNs' | 'eventTokens' | 'eventText'
>;

export function ledgerLatencies(
  { originNs, entries }: { readonly originNs: bigint; readonly entries: readonly LedgerRead[] },
  { since = 'received', openNs, closeNs }: LatencyOptions = {},
): LedgerLatencies {
  const onScale = (ns: bigint) => Number(ns - originNs);
  const open = openNs === undefined ? -Infinity : onScale(openNs);
  const close = closeNs === undefined ? Infinity : onScale(closeNs);
  const inside = (ns: number) => ns > open && ns <= close;
  const found = {
    ttft: new Array<number>(),
    itl: new Array<number>(),
    tpot: new Array<number>(),
    e2e: new Array<number>(),
  };
  let [requests, outputTokens, firstNs, lastNs] = [0, 0, Infinity, -Infinity];

  for (const entry of entries) {
    const { sentNs, startedNs, receivedNs, outcome } = entry;
    const received = onScale(receivedNs);
    firstNs = Math.min(firstNs, received);
    lastNs = Math.max(lastNs, sentNs.at(-1) ?? -Infinity);
    for (const ns of sentNs) if (inside(ns)) outputTokens += 1;
    if (outcome !== 'completed' || !inside(received)) continue;
    requests += 1;
    const from = since === 'received' || startedNs === null ? received : onScale(startedNs);
    const events = eventsWithText(entry);
    const [first, last] = [events[0], events.at(-1)];
    if (first === undefined || last === undefined) continue;
    found.ttft.push((first - from) / 1e6);
    found.e2e.push((last - from) / 1e6);
    for (let event = 1; event < events.length; event += 1)
      found.itl.push(((events[event] ?? 0) - (events[event - 1] ?? 0)) / 1e6);
    const [firstToken = 0, lastToken = 0] = [sentNs[0], sentNs.at(-1)];
    if (sentNs.length > 1) found.tpot.push((lastToken - firstToken) / (sentNs.length - 1) / 1e6);
  }
  const durationS =
    ((closeNs === undefined ? lastNs : close) - (openNs === undefined ? firstNs : open)) / 1e9;
  return {
    ttftMs: Float64Array.from(found.ttft),
    itlMs: Float64Array.from(found.itl),
    tpotMs: Float64Array.from(found.tpot),
    e2eMs: Float64Array.from(found.e2e),
    requests,
    outputTokens,
    outputTokensPerS: durationS > 0 ? outputTokens / durationS : null,
  };
}

/** When each of them was sent: the time of the first token in it. */
function eventsWithText({ sentNs, eventTokens, eventText }: LedgerRead): number[] {
  if (eventTokens === null && eventText === null) return [...sentNs];
  const events = eventTokens?.length ?? sentNs.length;
  const times: number[] = [];
  let token = 0;
  for (let event = 0; event < events; event += 1) {
    const at = sentNs[token];
    if (at !== undefined && eventText?.[event] !== 0) times.push(at);
    token += eventTokens?.[event] ?? 1;
  }
  return times;
}
