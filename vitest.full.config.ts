import { defineConfig } from 'vitest/config';

/** What takes long: the whole of `npm run verify:full` beyond `npm run verify`. One file at a time, since they measure. */
export default defineConfig({
  test: {
    name: 'full',
    include: ['packages/*/{src,e2e}/**/*.full.test.ts'],
    fileParallelism: false,
    maxConcurrency: 2,
    testTimeout: 600_000,
    hookTimeout: 300_000,
  },
});
