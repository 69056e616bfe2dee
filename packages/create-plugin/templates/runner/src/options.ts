/** The options of the runner: `runners: { llamacpp: { type: PLUGIN_ID, niceness: 10 } }`. */
import { z } from 'zod';

// A strict object, so that a misspelt option is refused; and a description on every option, because the documentation is made from it.
export const optionsSchema = z
  .strictObject({
    niceness: z
      .int()
      .min(0)
      .max(19)
      .default(0)
      .describe('Priority of the engine: 0 is the usual one, with 19 it lets every other process go first.'),
  })
  .describe('The engine as a process of this machine, with a priority.');

export type Options = z.output<typeof optionsSchema>;
