/** An experiment and a model for tests of what is made of them. */
import { workloadSchema, type Artifacts, type Experiment } from '@llem/core';
import type { z } from 'zod';

export const experimentWith = (
  workload: z.input<typeof workloadSchema> = {},
  devices: Experiment['devices'] = null,
): Experiment => ({
  id: '000000000000',
  label: 'test',
  asked: {},
  factors: {},
  model: 'llem/tiny-1m',
  backend: 'llamacpp',
  runner: null,
  devices,
  workload: workloadSchema.parse({ input_tokens: 100, output_tokens: 100, ...workload }),
  measure: { min_seconds: 1, idle_bare_s: 0, settle_s: 0, idle_loaded_s: 0, warmup: { max_s: 0 } },
  options: {},
});

export const artifacts: Artifacts = {
  modelRef: '/models/a.gguf',
  model: {
    name: 'a',
    revision: null,
    weightsHash: null,
    tokenizerRevision: null,
    randomWeights: true,
    parameters: 1,
    contextLength: 4096,
    promptTokenIds: { first: 1, last: 9 },
    tokenizerPath: null,
  },
};
