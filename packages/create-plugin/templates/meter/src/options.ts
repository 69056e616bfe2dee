/** The options of the meter: `energy: { meters: [{ type: PLUGIN_ID, joules_per_unit: 80 }] }`. */
import { z } from 'zod';

// A strict object, so that a misspelt option is refused; and a description with the unit on every option, because the documentation is
// made from it.
export const optionsSchema = z
  .strictObject({
    path: z
      .string()
      .min(1)
      .default('/proc/uptime')
      .describe(
        'File that begins with a number that only grows, such as joules. Default: the seconds that this machine is up.',
      ),
    joules_per_unit: z
      .number()
      .positive()
      .max(1_000_000)
      .default(50)
      .describe('Joules of one unit of that number; of seconds it is the watts that the machine takes.'),
  })
  .describe('Energy of the whole machine from a counter in a file.');

export type Options = z.output<typeof optionsSchema>;
