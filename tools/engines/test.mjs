// Studies with real engines, without a GPU: that llem understands what they say, and they what llem says.
//
//   npm run test:engines -- [llamacpp] [vllm] [sglang] [--keep DIR]
//
// Installs each engine into a virtual environment outside the checkout, unless it is there (environments.mjs; a folder of
// your own: LLEM_TEST_ENGINES_DIR), makes a small model with random weights, runs a study through the CLI, and checks every
// record. All engines together take about 20 GiB of disk. The answers are noise and the speed says nothing; the interface
// is the real one. Exits 1 where a record is not as it must be, 3 where an engine is not to be had. Needs the packages built.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ENGINES, OUT_OF_REACH } from './engines.mjs';
import { enginesFolder, environmentOf, NotToBeHad } from './environments.mjs';
import { makeModel } from './model.mjs';
import { faultsOf } from './verdict.mjs';

const CLI = fileURLToPath(new URL('../../packages/cli/bin/run.js', import.meta.url));
const APIS = ['completions', 'chat'];
const OUTPUT_TOKENS = 24;
/** Lines of an engine's log that are shown where something went wrong. */
const LOG_LINES = 30;
/** What came of an engine, as an exit code. */
const WELL = 0;
const WRONG = 1;
const NOT_TO_BE_HAD = 3;
/** How an engine ends that was built for another processor, as some packages with compiled engines are. */
const ILLEGAL_INSTRUCTION = /\(SIGILL\)/;

const { values, positionals } = parseArgs({
  options: { keep: { type: 'string' } },
  allowPositionals: true,
});
const unknown = positionals.filter((name) => !Object.hasOwn(ENGINES, name));
if (unknown.length > 0) {
  const reason = OUT_OF_REACH[unknown[0]];
  console.error(`error: ${reason ?? `"${unknown[0]}" is none of ${Object.keys(ENGINES).join(', ')}.`}`);
  process.exit(2);
}

const names = positionals.length > 0 ? positionals : Object.keys(ENGINES);
const folder = enginesFolder();
const results = values.keep ?? (await mkdtemp(join(tmpdir(), 'llem-engines-')));
await mkdir(results, { recursive: true });
const outcomes = [];
for (const name of names) outcomes.push(await testEngine(name));
if (positionals.length === 0) {
  for (const reason of Object.values(OUT_OF_REACH)) console.log(`\nNot tested: ${reason}`);
}
if (!outcomes.includes(WRONG) && values.keep === undefined) await rm(results, { recursive: true });
else console.log(`\nThe results are in ${results}`);
process.exitCode = [WRONG, NOT_TO_BE_HAD].find((outcome) => outcomes.includes(outcome)) ?? WELL;

/** Runs one engine's study and tells what came of it. */
async function testEngine(name) {
  const engine = ENGINES[name];
  console.log(`\n== ${engine.title}: ${engine.packages[0]}`);
  try {
    const environment = await environmentOf(engine, folder);
    const { venv, installedInS } = environment;
    console.log(
      installedInS === null ? `in ${venv}` : `installed in ${Math.round(installedInS)} s, in ${venv}`,
    );
    const model = await makeModel(join(folder, 'models'));
    const startedAt = performance.now();
    const runs = await runStudy(name, studyOf(name, engine.study(environment, model)));
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    return report(runs, engine.expect, seconds);
  } catch (error) {
    if (!(error instanceof NotToBeHad)) throw error;
    console.log(`not to be had: ${error.message}`);
    return NOT_TO_BE_HAD;
  }
}

/** One service for both runs: an engine of Python takes a minute to load, whatever the model. */
function studyOf(name, settings) {
  return {
    name: `real-${name}`,
    ...settings,
    workload: { concurrency: 4, input_tokens: 32, output_tokens: OUTPUT_TOKENS },
    sweep: { 'workload.api': APIS },
    // Metrics are read every two seconds, and the engine's counter of tokens is compared over ten seconds at least.
    measure: { min_seconds: 14, idle_bare_s: 0, settle_s: 0, idle_loaded_s: 0, warmup: { max_s: 2 } },
    execution: { cycles: 1, service: 'per_block', gaps: { between_runs_s: 0 }, timeout_s: 600 },
  };
}

/** The folders of the runs of a study, after it has ended. */
async function runStudy(name, study) {
  const file = join(results, `${name}.yaml`);
  const output = join(results, name);
  await writeFile(file, JSON.stringify(study, null, 2));
  const child = spawn(process.execPath, [CLI, 'run', file, '--quiet', '--wait', '--output', output], {
    // Nothing is fetched and nobody is told.
    env: { ...process.env, HF_HUB_OFFLINE: '1', VLLM_NO_USAGE_STATS: '1', DO_NOT_TRACK: '1' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = await once(child, 'close');
  console.log(`llem run ended with ${code}`);
  const [folderOfStudy] = await readdir(output).catch(() => []);
  if (folderOfStudy === undefined) return [];
  const runs = join(output, folderOfStudy, 'runs');
  const found = await readdir(runs).catch(() => []);
  return found.sort().map((run) => join(runs, run));
}

async function report(runs, expect, seconds) {
  let outcome = runs.length === APIS.length ? WELL : WRONG;
  if (outcome === WRONG) console.log(`error: the study has ${runs.length} runs, not ${APIS.length}`);
  const records = await Promise.all(
    runs.map(async (run) => JSON.parse(await readFile(join(run, 'record.json'), 'utf8'))),
  );
  if (records.length > 0 && records.every(({ failure }) => ILLEGAL_INSTRUCTION.test(failure?.message))) {
    console.log('not to be had: as it is published, it has instructions that this processor lacks (SIGILL)');
    return NOT_TO_BE_HAD;
  }
  for (const [index, record] of records.entries()) {
    const faults = faultsOf(record, expect);
    const { api } = record.experiment.workload;
    for (const fault of faults) console.log(`error: ${api}: ${fault}`);
    if (faults.length === 0) console.log(`${api}: ${summaryOf(record)}`);
    else {
      await showLog(runs[index]);
      outcome = WRONG;
    }
  }
  console.log(`the study took ${seconds} s`);
  return outcome;
}

function summaryOf({ engine, measurement }) {
  const { requests, server, throughput, tokens, window } = measurement;
  return [
    `version ${engine.version}`,
    `${requests.completed} requests of exactly ${OUTPUT_TOKENS} tokens`,
    `${Math.round(throughput.outputTokensPerS)} tokens/s`,
    `${server.meanRunning.toFixed(1)} running`,
    `counters ${tokens.counter.server} and ${tokens.counter.client}`,
    `KV cache of ${engine.kvCacheTokens ?? 'unknown'} tokens`,
    `cache reset ${window.cacheReset}`,
  ].join(', ');
}

async function showLog(run) {
  const log = await readFile(join(run, 'engine.log'), 'utf8').catch(() => '');
  const lines = log.trimEnd().split('\n').slice(-LOG_LINES);
  console.log(`the end of its log:\n${lines.map((line) => `  ${line.slice(0, 300)}`).join('\n')}`);
}
