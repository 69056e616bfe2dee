/** What the harness relies on of a data set. */
import { demandSame } from '../package/plain.js';
import type { Rule } from '../rule.js';
import { firstPrompts, requestOf, type DatasetSubject } from './subject.js';

const SOME_PROMPTS = 50;

export const DATASET_RULES: readonly Rule<DatasetSubject>[] = [
  {
    id: 'dataset.same-prompts',
    title: 'the same request gives the same prompts',
    check: async (subject) => {
      const { dataset } = subject;
      const request = requestOf(subject);
      await dataset.prepare(request, new AbortController().signal, () => undefined);
      demandSame(
        'What `open` gives',
        await firstPrompts(dataset.open(request), SOME_PROMPTS),
        await firstPrompts(dataset.open(request), SOME_PROMPTS),
      );
    },
  },
];
