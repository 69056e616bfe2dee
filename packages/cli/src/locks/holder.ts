/** Who measures on this machine, as others are told. */
import { z } from 'zod';

export const holderSchema = z.object({
  pid: z.int().min(1),
  /** Of the system, or its number where it has no name. */
  user: z.string().regex(/^\P{Cc}{1,100}$/u),
  /** Name of the study. */
  study: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/),
  /** Its result directory; before that is made, the folder that it will be in. */
  dir: z.string().regex(/^\P{Cc}{1,5000}$/u),
  /** ISO 8601. */
  since: z.iso.datetime(),
});

export type Holder = z.output<typeof holderSchema>;
