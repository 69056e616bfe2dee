// What llem takes to start, beside a Node.js that does nothing.
//
//   node tools/bench/startup.mjs [--rounds 20] [--plugins 20] [--llem FILE] [--json FILE]
//     [--at-most-version LIMIT] [--at-most-help LIMIT] [--at-most-catalog LIMIT]
//
// bare:     node -e 0
// version:  llem --version
// help:     llem --help
// catalog:  llem catalog
// plan:     llem plan of a study of one experiment, for which its plugins are loaded, and all that the user has installed
//
// The user has as many plugins installed as --plugins says, each a backend; they are written into a temporary folder. --llem names the
// executable to measure, where it is not the one of this checkout: bin/run.js of an installed @llem/cli. The commands take turns so that a
// slow spell of the machine hits all. Whatever else the machine does only adds to a start: the least of all rounds comes closest to what
// llem itself takes, and the median is what a user waits on this machine at this moment. A limit such as 200 is for the least over that of
// bare Node.js, in milliseconds; one such as 5x is for the ratio of the two, which holds on a busy machine as well. It exits 1 when one is
// missed. Needs the packages built.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { fixed, median, printTable } from './loadgen/table.mjs';
import { writeHome } from './startup/home.mjs';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '20' },
    plugins: { type: 'string', default: '20' },
    llem: {
      type: 'string',
      default: fileURLToPath(new URL('../../packages/cli/bin/run.js', import.meta.url)),
    },
    json: { type: 'string' },
    'at-most-version': { type: 'string' },
    'at-most-help': { type: 'string' },
    'at-most-catalog': { type: 'string' },
  },
});
const number = (name, least) => {
  const value = Number(values[name]);
  if (Number.isFinite(value) && value >= least) return value;
  console.error(`error: --${name} takes a number of at least ${least}; here "${values[name]}".`);
  process.exit(2);
};
const [rounds, pluginCount] = [number('rounds', 1), number('plugins', 0)];
const limits = ['version', 'help', 'catalog'].flatMap((start) => {
  const text = values[`at-most-${start}`];
  if (text === undefined) return [];
  const [, most, ratio] = /^(\d+(?:\.\d+)?)(x?)$/.exec(text) ?? [];
  if (most !== undefined) return [{ start, text, most: Number(most), isRatio: ratio === 'x' }];
  console.error(
    `error: --at-most-${start} takes milliseconds, such as 200, or a ratio, such as 5x; here "${text}".`,
  );
  process.exit(2);
});

const STUDY = 'name: start\nmodel: llem/tiny-1m\nbackend: llamacpp\nworkload: { concurrency: 2 }\n';
const llem = resolve(values.llem);
const STARTS = {
  bare: ['-e', '0'],
  version: [llem, '--version'],
  help: [llem, '--help'],
  catalog: [llem, 'catalog'],
  plan: [llem, 'plan', 'study.yaml'],
};

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'llem-startup-')));
const results = { machine: { cpus: cpus().length, node: process.version, load: [loadavg()[0]] } };
try {
  const env = { ...process.env, ...writeHome(folder, pluginCount), LLEM_LOCKS: folder };
  writeFileSync(join(folder, 'study.yaml'), STUDY);
  measure({ cwd: folder, env, encoding: 'utf8' });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
results.machine.load.push(loadavg()[0]);
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`);

function measure(options) {
  console.log(
    `Node.js ${process.version}, ${cpus().length} cores (${cpus()[0]?.model.trim()}), load ${fixed(loadavg()[0], 2)}; ` +
      `${rounds} rounds, ${pluginCount} plugins installed`,
  );
  // The first start of each reads files that later ones find in memory. It also shows that the plugins are found.
  const firsts = Object.fromEntries(
    Object.entries(STARTS).map(([name, args]) => [name, started(args, options)]),
  );
  const found = new Set(firsts.catalog.stdout.match(/llem-backend-engine-\d+ /g)).size;
  if (found !== pluginCount) {
    console.error(`error: llem catalog shows ${found} of the ${pluginCount} plugins that are installed.`);
    process.exit(1);
  }
  const seen = Object.fromEntries(Object.keys(STARTS).map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, args] of Object.entries(STARTS)) seen[name].push(started(args, options).ms);
  }
  results.starts = Object.fromEntries(
    Object.entries(seen).map(([name, ms]) => [name, { minMs: Math.min(...ms), medianMs: median(ms) }]),
  );
  print(results.starts);
}

/** One start from the request for it to the end of the process. */
function started(args, options) {
  const begun = process.hrtime.bigint();
  const { status, stdout, stderr, error } = spawnSync(process.execPath, args, options);
  const ms = Number(process.hrtime.bigint() - begun) / 1e6;
  if (status === 0) return { ms, stdout };
  console.error(`error: ${args.join(' ')} failed: ${error?.message ?? stderr.trim()}`);
  process.exit(1);
}

function print(starts) {
  const { bare } = starts;
  const beside = (ms, base) => [`+${fixed(ms - base, 1)}`, fixed(ms / base, 2)];
  console.log('\nMilliseconds; over bare Node.js as difference and as ratio\n');
  printTable([
    ['start', 'least', 'over bare', 'ratio', 'median', 'over bare', 'ratio'],
    ...Object.entries(starts).map(([name, { minMs, medianMs }]) => [
      name,
      fixed(minMs, 1),
      ...(name === 'bare' ? ['', ''] : beside(minMs, bare.minMs)),
      fixed(medianMs, 1),
      ...(name === 'bare' ? ['', ''] : beside(medianMs, bare.medianMs)),
    ]),
  ]);
  for (const { start, text, most, isRatio } of limits) {
    const { minMs } = starts[start];
    const value = isRatio ? minMs / bare.minMs : minMs - bare.minMs;
    const seen = isRatio ? `${fixed(value, 2)}x` : `${fixed(value, 1)} ms`;
    console.log(`\nllem ${start} over bare Node.js (at most ${text}): ${seen}`);
    if (value <= most) continue;
    console.error(`error: llem ${start} takes ${seen} over bare Node.js, above the limit.`);
    process.exitCode = 1;
  }
}
