/** Synthetic prompts: random ordinary tokens, all different, of exact length. */
import { definePlugin, llemError, type Dataset, type Prompt } from '@llem/core';
import { z } from 'zod';
import { uniformIntegers } from '../random.js';

export const { options, create } = definePlugin(z.strictObject({}), (): Dataset => ({
  *open({ seed, workload, model }): Generator<Prompt, void, undefined> {
    const ids = model.promptTokenIds;
    if (!ids) {
      throw llemError(
        'LLEM_E_LOAD',
        `The vocabulary of ${model.name} is not known, so no prompt of token ids can be made for it.`,
        {
          remedy: 'Use a model whose files are on this machine.',
          failureClass: 'unknown-vocabulary',
        },
      );
    }
    const draw = uniformIntegers(seed);
    for (;;) {
      const content = Array.from({ length: workload.input_tokens }, () => draw(ids.first, ids.last));
      yield { content, inputTokens: content.length, outputTokens: workload.output_tokens };
    }
  },
}));
