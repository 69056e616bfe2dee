import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const packages = fileURLToPath(new URL('./packages/', import.meta.url));

/** A project for every package: `npx vitest run --project core`. What takes long is in vitest.full.config.ts. */
export default defineConfig({
  test: {
    // Most of the time of the long tests is waiting: on two cores three files at a time, where vitest would take one.
    maxWorkers: Math.max(3, availableParallelism() - 1),
    projects: readdirSync(packages).map((name) => ({
      test: {
        name,
        root: `${packages}${name}`,
        include: ['{src,e2e}/**/*.test.ts'],
        exclude: ['**/*.full.test.ts', '**/*.bench.test.ts', '**/node_modules/**'],
        testTimeout: 20_000,
        hookTimeout: 30_000,
        // On a machine that others use too, a process may stand still for seconds. A second attempt is told beside the test's name.
        retry: 1,
      },
    })),
  },
});
