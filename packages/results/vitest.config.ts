import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    name: 'results',
    include: ['{src,e2e}/**/*.test.ts'],
    exclude: ['**/*.full.test.ts'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
});
