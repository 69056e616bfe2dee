/** The options of the data set: `workload: { dataset: { type: PLUGIN_ID, path: my-prompts.txt } }`. */
import { z } from 'zod';

// A strict object, so that a misspelt option is refused; and a description on every option, because the documentation is made from it.
export const optionsSchema = z
  .strictObject({
    path: z
      .string()
      .min(1)
      .nullable()
      .default(null)
      .describe(
        'Text file with one prompt on each line, relative to where llem runs. Default: the file of the plugin.',
      ),
  })
  .describe('Prompts of a text file, in a seeded order, repeated.');
