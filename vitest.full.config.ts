import { defineConfig } from 'vitest/config';

/** They hold nothing against a clock that another test could delay, and most of them wait more than they compute. */
const SIDE_BY_SIDE = [
  'packages/cli/e2e/{adaptive,block,created-plugins,docker,engines,faults,full-disk,gpu-idle,interruption,kill,mutations,npm-registry,packed,plan-size,plugin-installation,plugin-kills,plugins,policies,resume}.full.test.ts',
  'packages/harness/e2e/block.full.test.ts',
  'packages/harness/src/search/simulated-search.full.test.ts',
  'packages/loadgen/e2e/poisson.full.test.ts',
  'packages/runner-docker/{src,e2e}/*.full.test.ts',
  'packages/study/src/{fuzz,size}.full.test.ts',
  'packages/testkit/e2e/docker.full.test.ts',
  'packages/testkit/src/conformance/**/*.full.test.ts',
  'tools/generators/plugin/generator.full.test.mjs',
  'tools/release/release.full.test.mjs',
];
const test = { testTimeout: 600_000, hookTimeout: 300_000, maxConcurrency: 2, retry: 1 };

/** What takes long: the whole of `npm run verify:full` beyond `npm run verify`. One file at a time where they measure. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...test,
          name: 'full',
          include: ['packages/*/{src,e2e}/**/*.full.test.ts'],
          exclude: SIDE_BY_SIDE,
          maxWorkers: 1,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...test,
          name: 'full, side by side',
          include: SIDE_BY_SIDE,
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
