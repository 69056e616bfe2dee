/** What llem and its supervisor tell each other: one JSON value a line, orders down its stdin, reports up its stdout. */
import { z } from 'zod';

/** The first line to a supervisor: the engine that it is to start. */
export interface StartOrder {
  readonly type: 'start';
  /** Executable and arguments. */
  readonly command: readonly [string, ...string[]];
  /** The whole environment of the engine. */
  readonly env: Readonly<Record<string, string>>;
  /** The entry of that environment by which the engine's processes are known. */
  readonly mark: string;
}

/** The end of stdin, without an order, says that llem has died. */
export type Order = StartOrder | StopOrder;

/** May be given again: the shortest grace counts. */
export interface StopOrder {
  readonly type: 'stop';
  /** Time between the request to stop and the kill, in milliseconds. */
  readonly graceMs: number;
}

export const reportSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('started'), pid: z.int().min(1) }),
  /** The engine could not be started; `code` is the system's name of the error, e.g. ENOENT. */
  z.object({ type: z.literal('failed'), code: z.string(), message: z.string() }),
  z.object({ type: z.literal('exited'), code: z.int().nullable(), signal: z.string().nullable() }),
]);

/** In this order: `failed`, or `started` and then `exited`. The end of stdout says that nothing of the service is left. */
export type Report = z.output<typeof reportSchema>;
