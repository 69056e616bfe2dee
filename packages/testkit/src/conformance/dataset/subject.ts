/** A data set and what is asked of it. */
import {
  workloadSchema,
  type Dataset,
  type DatasetFacts,
  type DatasetRequest,
  type ModelFacts,
  type Prompt,
  type Workload,
} from '@llem/core';
import type { z } from 'zod';
import { simulatedModel } from '../../engine/client.js';
import type { SuiteOptions } from '../package/describe-plugin.js';
import { deepFrozen } from '../package/plain.js';
import { instanceOf, type PluginSubject } from '../package/subject.js';
import { returned } from '../returns.js';

/** What the suite of data sets may be told. */
export interface DatasetSuiteOptions extends SuiteOptions {
  /** The `workload` section of a study that the data set can serve. Default: completions of 64 tokens and answers of 8. */
  readonly workload?: z.input<typeof workloadSchema>;
  /** What is known of the model, where the data set needs to know more than that its token ids are 0 to 999. */
  readonly model?: Partial<ModelFacts>;
}

/** A data set, made from the options given for it. */
export interface DatasetSubject extends PluginSubject<'dataset'> {
  readonly dataset: Dataset;
  readonly workload: Workload;
  readonly model: ModelFacts;
}

/** The load that the suite asks for. Throws where the author has given what no study may have. */
export const suiteWorkload = ({ workload = {} }: DatasetSuiteOptions): Workload =>
  workloadSchema.parse({ input_tokens: 64, output_tokens: 8, ...workload });

export function datasetSubject(
  plugin: PluginSubject<'dataset'>,
  workload: Workload,
  { model = {} }: DatasetSuiteOptions,
): DatasetSubject {
  return {
    ...plugin,
    dataset: instanceOf('dataset', plugin),
    workload,
    model: { ...simulatedModel, ...model },
  };
}

/** Frozen, as it may go to a thread or be used again. */
export const requestOf = ({ workload, model }: DatasetSubject, seed = 7): DatasetRequest =>
  deepFrozen({ seed, workload: structuredClone(workload), model: { ...model } });

export const prepared = (subject: DatasetSubject, seed?: number): Promise<DatasetFacts> =>
  subject.dataset.prepare(requestOf(subject, seed), new AbortController().signal, () => undefined);

/** So many prompts are looked at. */
export const SOME_PROMPTS = 200;

/** The first prompts of a data set, at most so many. */
export async function firstPrompts(
  { dataset }: Pick<DatasetSubject, 'dataset'>,
  request: DatasetRequest,
  most = SOME_PROMPTS,
): Promise<Prompt[]> {
  const taken: Prompt[] = [];
  for await (const prompt of returning(dataset.open(request))) {
    taken.push(prompt);
    if (taken.length >= most) break;
  }
  return taken;
}

/** The same prompts; throws where the next one is looked for without an end. */
async function* returning(prompts: AsyncIterable<Prompt> | Iterable<Prompt>): AsyncGenerator<Prompt, void> {
  const iterator =
    Symbol.asyncIterator in prompts ? prompts[Symbol.asyncIterator]() : prompts[Symbol.iterator]();
  // One that has ended, thrown or been stopped is asked nothing more.
  let goesOn = false;
  try {
    for (;;) {
      goesOn = false;
      const next = await returned('The next prompt of `open`', () => iterator.next());
      if (next.done === true) return;
      goesOn = true;
      yield next.value;
    }
  } finally {
    if (goesOn) await iterator.return?.();
  }
}
