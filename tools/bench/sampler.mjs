// How well the sampler keeps its rates, and what that takes.
//
//   node tools/bench/sampler.mjs [--seconds 5] [--at-most-missed 0.01]
//
// The sampler's thread reads simulated GPUs through the native calls of their driver, on the real clock: at the rates of an edge,
// where the counter is due every 10 ms, and at the ordinary rates on eight GPUs whose counters take 2.5 ms a call; each with an
// idle main thread and with one that is blocked all the time. Lateness is from when a reading was due to when it began. The share
// of a core holds the time in calls. It exits 1 when a larger share of ticks was missed than is given, or when power was not
// read every 50 ms. Needs the packages built and a C compiler.
import { parseArgs } from 'node:util';
import { fixed, printTable } from './loadgen/table.mjs';
import { measure } from './sampler/measure.mjs';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    'at-most-missed': { type: 'string', default: 'Infinity' },
  },
});
const above = (name, least) => {
  const value = Number(values[name]);
  if (value >= least) return value;
  console.error(`error: --${name} takes a number from ${least} on; here "${values[name]}".`);
  process.exit(2);
};
const seconds = above('seconds', 1);
const atMost = above('at-most-missed', 0);

const GPUS = [
  { title: '1 GPU, at an edge', count: 1, counterMs: 0, edge: true },
  { title: '8 GPUs, 2.5 ms a counter', count: 8, counterMs: 2.5, edge: false },
];
const PERIOD_TOLERANCE = 1.05;
const MOST_POWER_MS = 50;

const rows = [];
let failed = false;
for (const gpus of GPUS) {
  for (const blocked of [false, true]) {
    const measured = await measure({ ...gpus, blocked, seconds });
    for (const { kind, everyMs, lateness, missedShare, callUs } of measured.kinds) {
      rows.push([
        `${gpus.title}, main thread ${blocked ? 'blocked' : 'idle'}: ${kind}`,
        fixed(everyMs, 1),
        ...[lateness?.p50, lateness?.p99, lateness?.max].map((ms) => fixed(ms, 2)),
        `${fixed(100 * missedShare, 2)} %`,
        fixed(callUs, 1),
        `${fixed(100 * measured.share, 1)} %`,
      ]);
      failed ||= missedShare > atMost;
      failed ||= Number.isFinite(atMost) && kind === 'power' && everyMs > PERIOD_TOLERANCE * MOST_POWER_MS;
    }
  }
}
printTable([
  ['what is read', 'every, ms', 'late p50, ms', 'p99', 'max', 'missed', 'a call, us', 'of a core'],
  ...rows,
]);
if (failed) {
  console.error(
    `error: more than ${100 * atMost} % of the ticks were missed, or power was read more seldom than every ${MOST_POWER_MS} ms\n` +
      '  what to do: Repeat it with nothing else on the machine; if it stays, the sampler has become slower.',
  );
  process.exitCode = 1;
}
