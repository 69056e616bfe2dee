/** An experiment and a model for tests. */
import { workloadSchema, type Artifacts, type Experiment } from '@llem/core';
import type { z } from 'zod';

interface Asked {
  readonly model?: string | undefined;
  readonly workload?: z.input<typeof workloadSchema>;
  readonly devices?: Experiment['devices'];
}

export const experimentWith = ({ model, workload, devices = null }: Asked = {}): Experiment => ({
  id: '000000000000',
  label: 'test',
  asked: {},
  factors: {},
  model: model ?? 'meta-llama/Llama-3.1-8B',
  backend: 'sglang',
  runner: null,
  devices,
  workload: workloadSchema.parse({ input_tokens: 512, output_tokens: 256, ...workload }),
  measure: { min_seconds: 1, idle_bare_s: 0, settle_s: 0, idle_loaded_s: 0, warmup: { max_s: 0 } },
  options: {},
});

export const artifactsOf = (artifacts: Partial<Artifacts> = {}): Artifacts => ({
  modelRef: 'meta-llama/Llama-3.1-8B',
  model: {
    name: 'meta-llama/Llama-3.1-8B',
    revision: 'abc123',
    weightsHash: null,
    tokenizerRevision: 'abc123',
    randomWeights: false,
    parameters: null,
    contextLength: 131_072,
    promptTokenIds: { first: 1000, last: 2000 },
    tokenizerPath: null,
  },
  ...artifacts,
});
