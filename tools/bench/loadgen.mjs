// How much llem's load generator reads and how exactly, beside a plain socket reader and undici.
//
//   node tools/bench/loadgen.mjs [--seconds 5] [--rounds 3] [--streams 1024,4096] [--only capacity,streams]
//     [--readers llem,plain,undici,bytes] [--json FILE] [--at-least RATIO] [--late-at-most RATIO]
//     [--peers [--peers-at FOLDER] [--python python3]]
//
// capacity: 64 connections to a server that sends as fast as it is read: tokens per second by one core.
// streams:  so many streams of 50 tokens/s, each with a phase of its own: how late each token is stamped after the
//           server has handed it to its socket.
// peers:    benchmark clients of others against the same server (see loadgen/peers.mjs).
//
// The server is the simulated engine, in a process of its own; every reader is one too, warmed up before it is watched,
// and the readers take turns so that a slow spell of the machine hits all. Medians over the rounds are shown. --at-least
// is for llem's tokens per second over those of the plain reader, --late-at-most for llem's p99 at the first number of
// streams over that of undici; it exits 1 when one is missed. Needs the packages built.
import { writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { runReader, startServer } from './loadgen/processes.mjs';
import { READERS } from './loadgen/readers.mjs';
import { fixed, median, percent, printTable, quantile, whole } from './loadgen/table.mjs';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
    streams: { type: 'string', default: '1024,4096' },
    only: { type: 'string', default: 'capacity,streams' },
    readers: { type: 'string', default: 'llem,plain,undici' },
    json: { type: 'string' },
    'at-least': { type: 'string' },
    'late-at-most': { type: 'string' },
    peers: { type: 'boolean', default: false },
    'peers-at': { type: 'string' },
    python: { type: 'string', default: 'python3' },
  },
});

const positive = (name) => {
  const value = values[name] === undefined ? null : Number(values[name]);
  if (value === null || value > 0) return value;
  console.error(`error: --${name} takes a number above 0; here "${values[name]}".`);
  process.exit(2);
};
const oneOf = (name, known) => {
  const list = values[name].split(',');
  const unknown = list.find((one) => !known.includes(one));
  if (unknown === undefined) return list;
  console.error(`error: --${name} takes ${known.join(', ')}; here "${unknown}".`);
  process.exit(2);
};
const seconds = positive('seconds');
const rounds = positive('rounds');
const atLeast = positive('at-least');
const lateAtMost = positive('late-at-most');
const parts = oneOf('only', ['capacity', 'streams']);
const readers = oneOf('readers', Object.keys(READERS));
const streamCounts = values.streams.split(',').map(Number);

/** As long as those of vLLM: with the framing each event has some 250 bytes. */
const MODEL = 'meta-llama/Llama-3.3-70B-Instruct, as it is served by the bench of llem';
const SERVER = { model: MODEL, usage: 'null-until-last', chunking: { httpChunk: 'event' } };
const CONNECTIONS = 64;
const TOKENS_A_REQUEST = 2_000;
const TOKENS_A_SECOND = 50;
const WARM_UP_S = 2;
/** Streams are opened one after the other: a server's queue of connections is short. */
const GAP_S = 1 / 2_000;
/** So much longer a stream goes on: a busy server takes its time to accept them all. */
const SPARE_S = 30;

const results = { machine: { cpus: cpus().length, node: process.version, load: [loadavg()[0]] } };

/** Rounds of all readers in turn, by reader. */
async function alternate(serverOptions, round) {
  const server = await startServer({ ...SERVER, ...serverOptions });
  const seen = Object.fromEntries(readers.map((reader) => [reader, []]));
  for (let number = 0; number < rounds; number += 1) {
    for (const reader of readers) seen[reader].push(await runReader(server, { reader, ...round }));
  }
  await server.stop();
  return seen;
}

const medianOf = (list, key) => median(list.map((one) => one[key]));
const sayBusy = (seen) => {
  const busy = Object.entries(seen).filter(([, list]) => list.some(({ serverBusy }) => serverBusy));
  if (busy.length > 0)
    console.log(
      `The server needed more than 90 % of its core for ${busy.map(([reader]) => reader).join(', ')}: it is the limit there.`,
    );
};
const summary = (list) => ({
  tokensPerS: medianOf(list, 'tokensPerS'),
  cpuPerMillion: medianOf(list, 'cpuPerMillion'),
  userPerMillion: medianOf(list, 'userPerMillion'),
  clientShare: medianOf(list, 'clientShare'),
  serverShare: medianOf(list, 'serverShare'),
});

async function capacity() {
  const seen = await alternate(
    { slots: CONNECTIONS, ttftMs: 0, itlMs: 0 },
    {
      plan: { streams: CONNECTIONS, outputTokens: TOKENS_A_REQUEST, gapS: 0, repeat: true },
      warmUpS: WARM_UP_S,
      seconds,
      keepTimes: false,
    },
  );
  results.capacity = Object.fromEntries(readers.map((reader) => [reader, summary(seen[reader])]));
  console.log(
    `\nCapacity: ${CONNECTIONS} connections, as fast as they are read (aim of llem: 450,000/s and 2.2)\n`,
  );
  printTable([
    ['reader', 'tokens/s', 'CPU-s/million', 'of it user', 'cores', 'server', 'each round, tokens/s'],
    ...readers.map((reader) => {
      const of = results.capacity[reader];
      return [
        reader,
        whole(of.tokensPerS),
        fixed(of.cpuPerMillion, 2),
        fixed(of.userPerMillion, 2),
        fixed(of.clientShare, 2),
        percent(of.serverShare),
        seen[reader].map(({ tokensPerS }) => whole(tokensPerS)).join(' '),
      ];
    }),
  ]);
  sayBusy(seen);
}

async function streamsOf(streams) {
  const outputTokens = Math.ceil(TOKENS_A_SECOND * (2 * GAP_S * streams + WARM_UP_S + seconds + SPARE_S));
  const seen = await alternate(
    { slots: streams, ttftMs: 20, itlMs: 1_000 / TOKENS_A_SECOND, jitter: { ttft: 1 } },
    {
      plan: { streams, outputTokens, gapS: GAP_S, repeat: false },
      warmUpS: WARM_UP_S,
      seconds,
      keepTimes: true,
    },
  );
  const late = (list, share) => median(list.map(({ lateMs }) => quantile(lateMs, share)));
  results.streams ??= {};
  results.streams[streams] = Object.fromEntries(
    readers.map((reader) => {
      const list = seen[reader];
      const lateMs = { p50: late(list, 0.5), p99: late(list, 0.99), max: late(list, 1) };
      return [reader, { ...summary(list), lateMs }];
    }),
  );
  console.log(
    `\n${whole(streams)} streams of ${TOKENS_A_SECOND} tokens/s, ${whole(streams * TOKENS_A_SECOND)}/s together` +
      ' (aim of llem at 1,024: p99 under 1 ms, under 8 CPU-s/million)\n',
  );
  printTable([
    [
      'reader',
      'late p50 ms',
      'p99',
      'max',
      'CPU-s/million',
      'of it user',
      'cores',
      'tokens/s',
      'server',
      'each p99',
    ],
    ...readers.map((reader) => {
      const of = results.streams[streams][reader];
      return [
        reader,
        fixed(of.lateMs.p50, 3),
        fixed(of.lateMs.p99, 3),
        fixed(of.lateMs.max, 2),
        fixed(of.cpuPerMillion, 2),
        fixed(of.userPerMillion, 2),
        fixed(of.clientShare, 2),
        whole(of.tokensPerS),
        percent(of.serverShare),
        seen[reader].map(({ lateMs }) => fixed(quantile(lateMs, 0.99), 2)).join(' '),
      ];
    }),
  ]);
  sayBusy(seen);
}

console.log(
  `Node.js ${process.version}, ${cpus().length} cores (${cpus()[0]?.model.trim()}), load ${fixed(loadavg()[0], 2)}; ` +
    `medians of ${rounds} rounds of ${seconds} s`,
);
if (parts.includes('capacity')) await capacity();
if (parts.includes('streams')) for (const streams of streamCounts) await streamsOf(streams);
if (values.peers) {
  const { comparePeers } = await import('./loadgen/peers.mjs');
  results.peers = await comparePeers({
    folder: values['peers-at'],
    python: values.python,
    server: SERVER,
    seconds,
  });
}
results.machine.load.push(loadavg()[0]);
console.log(`\nLoad of the machine at the end ${fixed(loadavg()[0], 2)}.`);
if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(results, null, 2)}\n`);

/** Ratios within this run: a busy machine slows both sides. */
function hold(what, ratio, holds) {
  console.log(`${what}: ${fixed(ratio, 3)}`);
  if (holds) return;
  console.error(`error: ${what} is ${fixed(ratio, 3)}, beyond the limit.`);
  process.exitCode = 1;
}
if (atLeast !== null) {
  const ratio = results.capacity?.llem?.tokensPerS / results.capacity?.plain?.tokensPerS;
  hold(`tokens/s of llem over the plain reader (at least ${atLeast})`, ratio, ratio >= atLeast);
}
if (lateAtMost !== null) {
  const { llem, undici } = results.streams?.[streamCounts[0]] ?? {};
  const ratio = llem?.lateMs.p99 / undici?.lateMs.p99;
  hold(`p99 lateness of llem over undici (at most ${lateAtMost})`, ratio, ratio <= lateAtMost);
}
