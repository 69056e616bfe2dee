// The long checks, after `npm run verify`: long end-to-end tests, tests on Node.js 24 as well, that batching is real, and a real
// llama-server where one can be had.
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { whyNoDocker, whyNoRegistry } from '@llem/testkit/docker';

const root = fileURLToPath(new URL('..', import.meta.url));
const VITEST = 'node_modules/vitest/vitest.mjs';
const LONG = ['run', '--config', 'vitest.full.config.ts'];
/**
 * What a version of Node can break, on Node.js 24 as well: every part by itself, and each of the places where it touches the system:
 * processes, sockets, threads, foreign functions and addons. The whole suite passes on it too; it would take these checks over
 * half an hour.
 */
const ON_NODE_24 = [
  ...sourcesTested(),
  'packages/cli/e2e/run.test.ts',
  'packages/cli/e2e/plugins.test.ts',
  'packages/cli/e2e/interruption.test.ts',
  'packages/loadgen/e2e/chunking.test.ts',
  'packages/harness/e2e/sampler.test.ts',
  'packages/energy-nvml/e2e',
  'packages/backend-llamacpp/e2e',
];

const run = (title, command, args) => {
  console.log(`\n== ${title}`);
  execFileSync(command, args, { cwd: root, stdio: 'inherit' });
};
const runOnNode24 = (title, args) => run(title, 'npx', ['-y', '-p', 'node@24', 'node', ...args]);

const noDocker = whyNoDocker() ?? whyNoRegistry();
if (noDocker !== null) console.log(`\nLeft out: tests with a Docker engine or its registry (${noDocker}).`);
run('Long end-to-end tests', process.execPath, [VITEST, ...LONG]);
// How much batching gains is the processor's: 1.5 to 2.3 were seen on two cores. Without batching it is 1.
run('Output throughput at 8 sequences against 1', process.execPath, [
  'tools/bench/batching.mjs',
  '--at-least',
  '1.25',
]);
run('Tokens read per second beside a plain reader and undici', process.execPath, [
  'tools/bench/loadgen.mjs',
  ...['--rounds', '1', '--seconds', '4', '--streams', '1024', '--at-least', '0.25'],
]);
// Not one reading in a hundred is missed on a machine of one's own; where others use it too, a stall of theirs makes it some more.
run('Lateness of the sampler, and what it misses', process.execPath, [
  'tools/bench/sampler.mjs',
  ...['--at-most-missed', '0.05'],
]);
// 40, 200 and 200 ms are held on a machine of one's own: 1.2, 3.3 and 3.3 times what bare Node.js takes. Others may use this one.
run('What a start takes beside bare Node.js', process.execPath, [
  'tools/bench/startup.mjs',
  ...['--rounds', '6', '--at-most-version', '1.8x', '--at-most-help', '6x', '--at-most-catalog', '6x'],
]);
// A second is a short time, and others may use the machine: what is held is that nothing stands between load and engine.
runWherePossible('Tokens read from a container beside a process', 'tools/bench/docker.mjs', [
  ...['--starts', '2', '--requests', '100', '--rounds', '3', '--seconds', '1', '--tokens-at-least', '0.4'],
]);
// The one real engine that is small and starts at once.
runWherePossible('A study with a real llama-server', 'tools/engines/test.mjs', ['llamacpp']);
console.log(
  'Left out: vLLM and SGLang, which take GiB of disk and minutes to load: npm run test:engines -- vllm sglang',
);
if (hasNode24()) {
  runOnNode24('Tests on Node.js 24', [VITEST, 'run', ...ON_NODE_24]);
}

/**
 * Tests beside the sources, by path. Not the suites of plugins once more, nor what holds them against broken ones: they ask the same of
 * the same code. Nor the command lines that engines are given, which are text from text.
 */
function sourcesTested() {
  const packages = readdirSync(join(root, 'packages')).filter(
    (name) => !/^backend-(vllm|sglang|trtllm)$/.test(name),
  );
  return packages.flatMap((name) =>
    readdirSync(join(root, 'packages', name, 'src'), { recursive: true })
      .filter(
        (path) =>
          path.endsWith('.test.ts') && !/(^|\/)(broken|conformance)\.test\.ts$|\.full\.test\.ts$/.test(path),
      )
      .map((path) => `packages/${name}/src/${path}`),
  );
}

/** A script says by its exit code that what it needs is not to be had here, and why in words. */
function runWherePossible(title, script, args) {
  const NOT_TO_BE_HAD = 3;
  try {
    run(title, process.execPath, [script, ...args]);
  } catch (error) {
    if (error.status !== NOT_TO_BE_HAD) throw error;
    console.log(`Left out: ${title}, for the reason above.`);
  }
}

/** Whether npx can bring Node.js 24; where it cannot, that is a failure of its own, told after all else has passed. */
function hasNode24() {
  try {
    runOnNode24('Node.js 24', ['--version']);
    return true;
  } catch {
    console.error(
      'error: Node.js 24 could not be fetched as the npm package node@24; everything but the tests on it has passed\n' +
        '  what to do: Check the connection to the npm registry (npm ping), or run the tests with a Node.js 24 of your own: node node_modules/vitest/vitest.mjs run',
    );
    process.exitCode = 1;
    return false;
  }
}
