/** The tables of a run: one row a request, one row a reading, one row a chunk. */
import { SERVER_QUANTITIES, type Table, type TableParts } from '@llem/core';
import { forEachChunk, outputTokensOf, type LoadTrace, type RequestTrace } from '@llem/loadgen';
import type { ChannelSeries } from '../sampler/thread.js';
import type { Scrape } from '../server/scrape.js';

/** Seconds since the start of the run, in every table and in the record's window. */
export type RunClock = (atNs: bigint) => number;

/** Rows of one part of a table; a request of more chunks has a part of tokens of its own. */
const PART_REQUESTS = 10_000;
const PART_CHUNKS = 100_000;

/** requests.parquet. Times in seconds since the start of the run; null where nothing arrived. */
export function requestTables(trace: LoadTrace, clock: RunClock, partRows = PART_REQUESTS): TableParts {
  return repeatable(function* () {
    // Without requests there is still a table of no rows.
    for (let from = 0; from === 0 || from < trace.requests.length; from += partRows)
      yield requestTable(trace, trace.requests.slice(from, from + partRows), clock);
  });
}

function requestTable(trace: LoadTrace, requests: readonly RequestTrace[], clock: RunClock): Table {
  // Seconds of the origin once, and not a big integer for each of many.
  const originS = clock(trace.originNs);
  const seconds = (ns: number) => originS + ns / 1e9;
  const secondsOrNull = (ns: number | null) => (ns === null ? null : seconds(ns));
  const inside = (ns: number) => ns > trace.openNs && ns <= trace.closeNs;
  const column = <T>(pick: (request: RequestTrace) => T) => requests.map(pick);
  return [
    { name: 'index', type: 'int32', values: column((r) => r.index) },
    { name: 'slot', type: 'int32', values: column((r) => r.slot) },
    { name: 'conversation', type: 'int32', values: column((r) => r.conversation) },
    { name: 'turn', type: 'int32', values: column((r) => r.turn) },
    { name: 'status', type: 'string', values: column((r) => r.status) },
    { name: 'error_class', type: 'string', values: column((r) => r.errorClass) },
    { name: 'error_message', type: 'string', values: column((r) => r.errorMessage) },
    { name: 'sent_in_window', type: 'boolean', values: column((r) => inside(r.sentNs)) },
    { name: 'intended_s', type: 'double', values: column((r) => seconds(r.intendedNs)) },
    { name: 'room_s', type: 'double', values: column((r) => seconds(r.roomNs)) },
    { name: 'sent_s', type: 'double', values: column((r) => seconds(r.sentNs)) },
    { name: 'first_token_s', type: 'double', values: column((r) => secondsOrNull(r.chunks.firstNs)) },
    { name: 'last_token_s', type: 'double', values: column((r) => secondsOrNull(r.chunks.lastNs)) },
    { name: 'ended_s', type: 'double', values: column((r) => seconds(r.endedNs)) },
    { name: 'input_tokens_sent', type: 'int32', values: column((r) => r.inputTokensSent) },
    { name: 'input_tokens', type: 'int32', values: column((r) => r.inputTokens) },
    { name: 'input_tokens_cached', type: 'int32', values: column((r) => r.inputTokensCached) },
    { name: 'output_tokens_asked', type: 'int32', values: column((r) => r.outputTokensAsked) },
    { name: 'output_tokens', type: 'int32', values: column((r) => outputTokensOf(r)) },
    { name: 'chunks', type: 'int32', values: column((r) => r.chunks.count) },
    { name: 'finish_reason', type: 'string', values: column((r) => r.finishReason) },
  ];
}

/**
 * tokens.parquet, part by part: every token-bearing chunk that arrived inside the window, or belongs to a request that was
 * sent inside it. `request` is the index of requests.parquet. Undefined where there is none.
 */
export function tokenTables(
  trace: LoadTrace,
  clock: RunClock,
  partRows = PART_CHUNKS,
): TableParts | undefined {
  const parts = repeatable(() => tokenParts(trace, clock, partRows));
  return parts[Symbol.iterator]().next().done ? undefined : parts;
}

/** What can be gone over again, from the beginning. */
const repeatable = (parts: () => Iterator<Table>): TableParts => ({ [Symbol.iterator]: parts });

function* tokenParts(trace: LoadTrace, clock: RunClock, partRows: number): Generator<Table> {
  const { openNs, closeNs } = trace;
  const inside = (ns: number) => ns > openNs && ns <= closeNs;
  // Seconds of the origin once, and not a big integer for each of millions.
  const originS = clock(trace.originNs);
  let part = createPart(0);
  for (const { index, sentNs, chunks } of trace.requests) {
    const { count, firstNs, lastNs } = chunks;
    const whole = inside(sentNs);
    if (firstNs === null || lastNs === null) continue;
    if (!whole && (firstNs > closeNs || lastNs <= openNs)) continue;
    if (count > part.room()) {
      if (part.rows() > 0) yield part.table();
      part = createPart(Math.max(count, partRows));
    }
    const filling = part;
    forEachChunk(chunks, (atNs, tokens) => {
      if (whole || inside(atNs)) filling.add(index, originS + atNs / 1e9, tokens);
    });
  }
  if (part.rows() > 0) yield part.table();
}

function createPart(size: number) {
  const [request, at, tokens] = [new Int32Array(size), new Float64Array(size), new Float64Array(size)];
  let rows = 0;
  return {
    rows: () => rows,
    room: () => size - rows,
    add(index: number, atS: number, count: number) {
      request[rows] = index;
      at[rows] = atS;
      tokens[rows] = count;
      rows += 1;
    },
    table: (): Table => [
      { name: 'request', type: 'int32', values: request.subarray(0, rows) },
      { name: 't_s', type: 'double', values: at.subarray(0, rows) },
      { name: 'tokens', type: 'double', values: tokens.subarray(0, rows) },
    ],
  };
}

/** samples.parquet: every reading of every channel, and what the server told of itself as meter `server`. */
export function sampleTable(
  channels: readonly ChannelSeries[],
  scrapes: readonly Scrape[],
  clock: RunClock,
): Table {
  const at: number[] = [];
  const value: number[] = [];
  const [meter, device, quantity]: [string[], string[], string[]] = [[], [], []];
  const add = (atNs: bigint, reading: number, of: readonly [string, string, string]) => {
    at.push(clock(atNs));
    value.push(reading);
    meter.push(of[0]);
    device.push(of[1]);
    quantity.push(of[2]);
  };
  for (const { meterId, channel, series } of channels) {
    for (const [index, reading] of series.values.entries())
      add(series.atNs[index] ?? 0n, reading, [meterId, channel.deviceId, channel.quantity]);
  }
  for (const { atNs, values } of scrapes) {
    for (const name of SERVER_QUANTITIES) {
      const told = values[name];
      if (told !== undefined) add(atNs, told, ['server', 'engine', name]);
    }
  }
  return [
    { name: 't_s', type: 'double', values: Float64Array.from(at) },
    { name: 'meter', type: 'string', values: meter },
    { name: 'device', type: 'string', values: device },
    { name: 'quantity', type: 'string', values: quantity },
    { name: 'value', type: 'double', values: Float64Array.from(value) },
  ];
}
