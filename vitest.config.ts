import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: ['packages/*'],
    // Two cores are what CI has; suites that start engines say so with their own limits.
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
});
