// The long checks, after `npm run verify`: long end-to-end tests, the same tests on Node.js 24, and that batching is real.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const NODE_24 = ['-y', '-p', 'node@24', 'node'];

const run = (title, command, args) => {
  console.log(`\n== ${title}`);
  execFileSync(command, args, { cwd: root, stdio: 'inherit' });
};

run('Long end-to-end tests', 'npx', ['vitest', 'run', '--config', 'vitest.full.config.ts']);
run('Every test on Node.js 24', 'npx', [...NODE_24, 'node_modules/vitest/vitest.mjs', 'run']);
run('Output throughput at 8 sequences against 1', 'node', ['tools/bench/batching.mjs']);
