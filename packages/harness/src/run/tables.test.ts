import type { Table } from '@llem/core';
import { packChunks, type LoadTrace, type RequestTrace } from '@llem/loadgen';
import { expect, it } from 'vitest';
import { requestTables, sampleTable, tokenTables } from './tables.js';

const S = 1e9;
const clock = (atNs: bigint) => Number(atNs - 500n) / 1e9;
const request = (index: number, sentS: number, tokenS: readonly number[]): RequestTrace => ({
  index,
  slot: null,
  conversation: index,
  turn: 2,
  intendedNs: (sentS - 0.5) * S,
  roomNs: (sentS - 0.25) * S,
  sentNs: sentS * S,
  endedNs: 9 * S,
  status: 'completed',
  errorClass: null,
  errorMessage: null,
  inputTokensSent: null,
  outputTokensAsked: 3,
  inputTokens: null,
  inputTokensCached: null,
  outputTokens: null,
  finishReason: null,
  chunks: packChunks(
    tokenS.map((second) => second * S),
    index === 1 ? 2.5 : 1,
  ),
});
const trace = (requests: readonly RequestTrace[]): LoadTrace => ({
  originNs: 500n,
  openNs: 2 * S,
  closeNs: 5 * S,
  requests,
  unsentNs: new Float64Array(),
  threadUtilization: null,
  threads: 1,
  arrivalClock: 'kernel',
});
const values = (table: Table | undefined, name: string) => [
  ...(table?.find((column) => column.name === name)?.values ?? []),
];

it('keeps the tokens of the window and all of those that were asked for in it, by the index of their request', () => {
  const [table, ...more] =
    tokenTables(
      trace([
        request(7, 1, [1.5, 2, 3, 6]),
        request(1, 4, [4.5, 5, 6]),
        request(3, 6, [7]),
        request(2, 1, [2, 6]),
      ]),
      clock,
    ) ?? [];
  expect(more).toEqual([]);
  expect(values(table, 'request')).toEqual([7, 1, 1, 1]);
  expect(values(table, 't_s')).toEqual([3, 4.5, 5, 6]);
  expect(values(table, 'tokens')).toEqual([1, 2.5, 2.5, 2.5]);
});

it('keeps tokens in parts of bounded size, no request in two, and gives them as often as they are asked for', () => {
  const long = Array.from({ length: 7 }, (_, chunk) => 3 + chunk / 10);
  const requests = [[3, 4], [], [3], [3, 4], long, [4]].map((tokenS, index) => request(index, 3, tokenS));
  const parts = tokenTables(trace(requests), clock, 4);
  const expected = [[0, 0, 2], [3, 3], [4, 4, 4, 4, 4, 4, 4], [5]];
  expect(Array.from(parts ?? [], (part) => values(part, 'request'))).toEqual(expected);
  expect(Array.from(parts ?? [], (part) => values(part, 't_s').length)).toEqual([3, 2, 7, 1]);
});

it('has no table of tokens where none arrived', () => {
  expect(tokenTables(trace([request(0, 3, [])]), clock)).toBeUndefined();
  expect(tokenTables(trace([request(0, 1, [1.5, 2, 5.5])]), clock)).toBeUndefined();
  expect(tokenTables(trace([]), clock)).toBeUndefined();
});

it('has when each request was to be sent, and its place in its conversation', () => {
  const [table] = requestTables(trace([request(4, 3, [])]), clock);
  const times = ['intended_s', 'room_s', 'sent_s'].map((name) => values(table, name));
  expect(times).toEqual([[2.5], [2.75], [3]]);
  expect([values(table, 'conversation'), values(table, 'turn'), values(table, 'slot')]).toEqual([
    [4],
    [2],
    [null],
  ]);
  expect(values(table, 'first_token_s')).toEqual([null]);
  expect(new Set(table?.map(({ values: column }) => column.length))).toEqual(new Set([1]));
});

it('keeps requests in parts of the same columns, of which there is one even without requests', () => {
  const all = [5, 6, 7, 8, 9].map((index) => request(index, 3, []));
  const parts = [...requestTables(trace(all), clock, 2)];
  expect(parts.map((part) => values(part, 'index'))).toEqual([[5, 6], [7, 8], [9]]);
  const [none, ...more] = requestTables(trace([]), clock);
  expect(none?.map(({ name }) => name)).toEqual(parts[0]?.map(({ name }) => name));
  expect([values(none, 'index'), more]).toEqual([[], []]);
});

it('puts what the server told beside the readings of the meters', () => {
  const table = sampleTable(
    [],
    [{ atNs: 1_000_000_500n, roundTripNs: 0, values: { running: 3, kvUse: 0.5 } }],
    clock,
  );
  expect(values(table, 't_s')).toEqual([1, 1]);
  expect(values(table, 'meter')).toEqual(['server', 'server']);
  expect(values(table, 'device')).toEqual(['engine', 'engine']);
  expect(values(table, 'quantity')).toEqual(['running', 'kvUse']);
  expect(values(table, 'value')).toEqual([3, 0.5]);
});
