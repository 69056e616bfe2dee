/** Requests for prompts, for tests. */
import { workloadSchema, type DatasetRequest, type ModelFacts, type Prompt } from '@llem/core';
import type { z } from 'zod';

export interface Asked {
  readonly workload?: z.input<typeof workloadSchema>;
  readonly seed?: number;
  readonly model?: Partial<ModelFacts>;
}

export const requestFor = ({ workload = {}, seed = 7, model = {} }: Asked = {}): DatasetRequest => ({
  seed,
  workload: workloadSchema.parse(workload),
  model: {
    name: 'test/model',
    revision: null,
    weightsHash: null,
    tokenizerRevision: null,
    randomWeights: false,
    parameters: null,
    contextLength: null,
    promptTokenIds: null,
    tokenizerPath: null,
    ...model,
  },
});

/** The first prompts, at most so many. */
export async function take(
  prompts: AsyncIterable<Prompt> | Iterable<Prompt>,
  most = Number.POSITIVE_INFINITY,
): Promise<Prompt[]> {
  const taken: Prompt[] = [];
  if (most === 0) return taken;
  for await (const prompt of prompts) {
    taken.push(prompt);
    if (taken.length >= most) break;
  }
  return taken;
}

/** For a progress that nobody follows. */
export const unheard = (): void => undefined;

export const never: AbortSignal = new AbortController().signal;
