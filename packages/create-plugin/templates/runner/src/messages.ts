/** What llem and the supervisor tell each other: one JSON value a line, orders down its stdin, reports up its stdout. */
import { z } from 'zod';

export type Order =
  | {
      readonly type: 'start';
      /** Executable and arguments. */
      readonly command: readonly [string, ...string[]];
      /** The whole environment of the engine. */
      readonly env: Readonly<Record<string, string>>;
      /** The entry of that environment by which the engine's processes are known. */
      readonly mark: string;
      readonly niceness: number;
    }
  | { readonly type: 'stop'; readonly graceMs: number };

/** In this order: `failed`, or `started` and then `exited`. The end of stdout says that nothing of the service is left. */
export const reportSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('started'), pid: z.int() }),
  z.object({ type: z.literal('failed'), code: z.string(), message: z.string() }),
  z.object({ type: z.literal('exited'), code: z.int().nullable(), signal: z.string().nullable() }),
]);

export type Report = z.output<typeof reportSchema>;
