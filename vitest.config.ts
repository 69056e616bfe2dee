import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const packages = fileURLToPath(new URL('./packages/', import.meta.url));
const tools = fileURLToPath(new URL('./tools/', import.meta.url));

const test = {
  testTimeout: 20_000,
  hookTimeout: 30_000,
  // On a machine that others use too, a process may stand still for seconds. A second attempt is told beside the test's name.
  retry: 1,
};

/** Whose tests neither mock a module nor look at the process: a worker may take one file after the other, which saves its start. */
const PURE = ['backend-sglang', 'backend-trtllm', 'backend-vllm', 'core', 'serving', 'study'];

/** End-to-end tests first: they take long and wait much, and what is short fills the gaps at the end. */
class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => moduleId.includes('/e2e/');
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

/** A project for every package: `npx vitest run --project core`. What takes long is in vitest.full.config.ts. */
export default defineConfig({
  test: {
    // Most of the time of the long tests is waiting: on two cores three files at a time, where vitest would take one.
    maxWorkers: Math.max(3, availableParallelism() - 1),
    sequence: { sequencer: LongFirst },
    projects: [
      ...readdirSync(packages).map((name) => ({
        test: {
          ...test,
          name,
          root: `${packages}${name}`,
          include: ['{src,e2e}/**/*.test.ts'],
          exclude: ['**/*.full.test.ts', '**/*.bench.test.ts', '**/node_modules/**'],
          isolate: !PURE.includes(name),
        },
      })),
      {
        test: {
          ...test,
          name: 'tools',
          root: tools,
          include: ['**/*.test.mjs'],
          exclude: ['**/*.full.test.mjs'],
        },
      },
    ],
  },
});
