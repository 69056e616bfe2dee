/** The engine's section of a study, `PLUGIN_ID:`. */
import { z } from 'zod';

// A strict object, so that a misspelt option is refused; and a description with the unit on every one of them, because `llem catalog`
// and the documentation are made from it.
export const optionsSchema = z
  .strictObject({
    // The option that names an engine's program is called `executable` in every backend.
    executable: z
      .string()
      .min(1)
      .nullable()
      .default(null)
      .describe(
        'Program of the engine: a path or a name in PATH. Default: the example engine of this package.',
      ),
    slots: z
      .int()
      .min(1)
      .max(1_024)
      .default(16)
      .describe('Requests that are computed at the same time; more have to wait.'),
    context: z
      .int()
      .min(2)
      .max(1_048_576)
      .default(4_096)
      .describe('Longest prompt with its answer, in tokens.'),
    token_ms: z
      .number()
      .min(0.1)
      .max(10_000)
      .default(5)
      .describe('Time between the tokens of an answer, in milliseconds. Of the example engine alone.'),
  })
  .describe('The engine PLUGIN_ID.');

export type Options = z.output<typeof optionsSchema>;
