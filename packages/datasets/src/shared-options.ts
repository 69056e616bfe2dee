/** Options that several data sets have. */
import { z } from 'zod';

export const repeatOption = z
  .boolean()
  .default(false)
  .describe(
    'Prompts come again, in another order, once they have run out. A prefix cache then hits; without it a run that needs more prompts fails.',
  );

export const tokenizerOption = z
  .string()
  .min(1)
  .nullable()
  .default(null)
  .describe(
    'The tokenizer.json of the model, which tells how long texts are. Default: the one beside the model. Without one nothing is left out for its length.',
  );
