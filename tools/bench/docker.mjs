// What a container costs over a process of this machine: the same simulated engine started by the local runner, and by the Docker
// runner in the network of the host and with a published port.
//
//   node tools/bench/docker.mjs [--starts 10] [--requests 500] [--rounds 3] [--seconds 4] [--json FILE]
//     [--tokens-at-least RATIO]
//
// start:  from the request to start until the first connection is accepted, until the first byte of an answer, and what stopping takes.
//         A published port is accepted by a proxy before the engine listens, so that its answer is what counts.
// ttft:   requests one after the other on one connection, to an engine that answers at once: from the request to the first byte.
// tokens: 64 connections to an engine that sends as fast as it is read, tokens per second by llem's load generator.
//
// It starts a Docker engine of its own (root, dockerd in the PATH) and removes it again. The places take turns so that a slow spell of
// the machine hits all; medians over the rounds are shown, and ratios over the local runner. --tokens-at-least is for tokens per second in
// the network of the host; it exits 1 when that is missed, and 3 where there can be no Docker engine. Needs the packages built.
import { writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import {
  importImage,
  nodeFiles,
  simulatedEngineFiles,
  startDockerDaemon,
  whyNoDocker,
} from '../../packages/testkit/dist/docker/index.js';
import { PLACES, openPlaces } from './docker/places.mjs';
import { firstBytes, started, tokensPerS } from './docker/measure.mjs';
import { fixed, median, printTable, quantile, whole } from './loadgen/table.mjs';

const NO_DOCKER = 3;
const IMAGE = 'llem-bench/simulated:1';

const { values } = parseArgs({
  options: {
    starts: { type: 'string', default: '10' },
    requests: { type: 'string', default: '500' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '4' },
    json: { type: 'string' },
    'tokens-at-least': { type: 'string' },
  },
});
const positive = (name) => {
  const value = values[name] === undefined ? null : Number(values[name]);
  if (value === null || value > 0) return value;
  console.error(`error: --${name} takes a number above 0; here "${values[name]}".`);
  process.exit(2);
};
const [starts, requests, rounds, seconds] = ['starts', 'requests', 'rounds', 'seconds'].map(positive);
const tokensAtLeast = positive('tokens-at-least');

const reason = whyNoDocker();
if (reason !== null) {
  console.error(`There can be no Docker engine here: ${reason}.`);
  process.exit(NO_DOCKER);
}

const results = { machine: { cpus: cpus().length, node: process.version, load: [loadavg()[0]] } };
const daemon = await startDockerDaemon();
try {
  process.env.DOCKER_HOST = daemon.host;
  await importImage(daemon, { name: IMAGE, files: { ...nodeFiles(), ...simulatedEngineFiles() } });
  const places = await openPlaces(IMAGE);
  await measure(places).finally(() => places.close());
} finally {
  await daemon.stop();
}
results.machine.load.push(loadavg()[0]);
console.log(`\nLoad of the machine at the end ${fixed(loadavg()[0], 2)}.`);
if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(results, null, 2)}\n`);

async function measure(places) {
  console.log(
    `Node.js ${process.version}, ${cpus().length} cores (${cpus()[0]?.model.trim()}), load ${fixed(loadavg()[0], 2)}; ` +
      `medians of ${starts} starts, and of ${rounds} rounds of ${requests} requests and of ${seconds} s`,
  );
  // The first start of each reads files that later ones find in memory.
  for (const place of PLACES) await started(places, place);
  const seenStarts = await inTurn(starts, (place) => started(places, place));
  const seenTtft = await inTurn(rounds, (place) => firstBytes(places, place, requests));
  const seenTokens = await inTurn(rounds, (place) => tokensPerS(places, place, seconds));
  const of = (place) => ({
    acceptedMs: median(seenStarts[place].map(({ acceptedMs }) => acceptedMs)),
    answeredMs: median(seenStarts[place].map(({ answeredMs }) => answeredMs)),
    stoppedMs: median(seenStarts[place].map(({ stoppedMs }) => stoppedMs)),
    ttftP50Ms: median(seenTtft[place].map((sorted) => quantile(sorted, 0.5))),
    ttftP99Ms: median(seenTtft[place].map((sorted) => quantile(sorted, 0.99))),
    tokensPerS: median(seenTokens[place]),
  });
  results.places = Object.fromEntries(PLACES.map((place) => [place, of(place)]));
  print();
}

async function inTurn(count, one) {
  const seen = Object.fromEntries(PLACES.map((place) => [place, []]));
  for (let round = 0; round < count; round += 1) {
    for (const place of PLACES) seen[place].push(await one(place));
  }
  return seen;
}

function print() {
  const { local } = results.places;
  const ratio = (value, base) => `${fixed(value, 0)} (${fixed(value / base, 2)})`;
  console.log('\nMilliseconds and tokens; in brackets the ratio over the local runner\n');
  printTable([
    ['place', 'accepted ms', 'answered ms', 'stopped ms', 'TTFT p50 ms', 'p99 ms', 'tokens/s'],
    ...PLACES.map((place) => {
      const seen = results.places[place];
      const ms = (name) => `${fixed(seen[name], 3)} (${fixed(seen[name] / local[name], 2)})`;
      return [
        place,
        ratio(seen.acceptedMs, local.acceptedMs),
        ratio(seen.answeredMs, local.answeredMs),
        ratio(seen.stoppedMs, local.stoppedMs),
        ms('ttftP50Ms'),
        ms('ttftP99Ms'),
        `${whole(seen.tokensPerS)} (${fixed(seen.tokensPerS / local.tokensPerS, 2)})`,
      ];
    }),
  ]);
  if (tokensAtLeast === null) return;
  const held = results.places['host network'].tokensPerS / local.tokensPerS;
  console.log(
    `\ntokens/s in the network of the host over a process (at least ${tokensAtLeast}): ${fixed(held, 3)}`,
  );
  if (held >= tokensAtLeast) return;
  console.error(
    `error: a container in the network of the host reads ${fixed(held, 3)} of a process, below the limit.`,
  );
  process.exitCode = 1;
}
