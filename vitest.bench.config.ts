import { defineConfig } from 'vitest/config';

/** What holds times against times: for a machine that does nothing else, and no part of `npm run verify`. */
export default defineConfig({
  test: {
    name: 'bench',
    include: ['packages/*/e2e/**/*.bench.test.ts'],
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 300_000,
  },
});
