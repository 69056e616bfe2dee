/** The tables of a run: one row a request, one row a reading. */
import type { Table } from '@llem/core';
import type { LoadTrace, RequestTrace } from '@llem/loadgen';
import type { ChannelSeries } from '../sampler/thread.js';

/** Seconds since the start of the run, in every table and in the record's window. */
export type RunClock = (atNs: bigint) => number;

/** requests.parquet. Times in seconds since the start of the run; null where nothing arrived. */
export function requestTable(trace: LoadTrace, clock: RunClock): Table {
  const { requests } = trace;
  const seconds = (ns: number | undefined) =>
    ns === undefined ? null : clock(trace.originNs + BigInt(Math.round(ns)));
  const inside = (ns: number) => ns > trace.openNs && ns <= trace.closeNs;
  const column = <T>(pick: (request: RequestTrace) => T) => requests.map(pick);
  return [
    { name: 'index', type: 'int32', values: column((r) => r.index) },
    { name: 'slot', type: 'int32', values: column((r) => r.slot) },
    { name: 'status', type: 'string', values: column((r) => r.status) },
    { name: 'error_class', type: 'string', values: column((r) => r.errorClass) },
    { name: 'error_message', type: 'string', values: column((r) => r.errorMessage) },
    { name: 'sent_in_window', type: 'boolean', values: column((r) => inside(r.sentNs)) },
    { name: 'sent_s', type: 'double', values: column((r) => seconds(r.sentNs)) },
    { name: 'first_token_s', type: 'double', values: column((r) => seconds(r.chunkNs[0])) },
    { name: 'last_token_s', type: 'double', values: column((r) => seconds(r.chunkNs.at(-1))) },
    { name: 'ended_s', type: 'double', values: column((r) => seconds(r.endedNs)) },
    { name: 'input_tokens_sent', type: 'int32', values: column((r) => r.inputTokensSent) },
    { name: 'input_tokens', type: 'int32', values: column((r) => r.inputTokens) },
    { name: 'input_tokens_cached', type: 'int32', values: column((r) => r.inputTokensCached) },
    { name: 'output_tokens_asked', type: 'int32', values: column((r) => r.outputTokensAsked) },
    { name: 'output_tokens', type: 'int32', values: column((r) => r.outputTokens ?? r.chunkNs.length) },
    { name: 'chunks', type: 'int32', values: column((r) => r.chunkNs.length) },
    { name: 'finish_reason', type: 'string', values: column((r) => r.finishReason) },
  ];
}

/** samples.parquet: every reading of every channel. */
export function sampleTable(channels: readonly ChannelSeries[], clock: RunClock): Table {
  const rows = channels.reduce((sum, { series }) => sum + series.values.length, 0);
  const [at, value] = [new Float64Array(rows), new Float64Array(rows)];
  const [meter, device, quantity]: [string[], string[], string[]] = [[], [], []];
  let row = 0;
  for (const { meterId, channel, series } of channels) {
    for (const [index, reading] of series.values.entries()) {
      at[row] = clock(series.atNs[index] ?? 0n);
      value[row] = reading;
      meter.push(meterId);
      device.push(channel.deviceId);
      quantity.push(channel.quantity);
      row += 1;
    }
  }
  return [
    { name: 't_s', type: 'double', values: at },
    { name: 'meter', type: 'string', values: meter },
    { name: 'device', type: 'string', values: device },
    { name: 'quantity', type: 'string', values: quantity },
    { name: 'value', type: 'double', values: value },
  ];
}
