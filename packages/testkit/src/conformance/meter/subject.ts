/** A meter and what its author says of how to try it. */
import { setTimeout as pause } from 'node:timers/promises';
import type { SuiteOptions } from '../package/describe-plugin.js';
import type { PluginSubject } from '../package/subject.js';

/**
 * What the suite of meters may be told. With a simulated source, such as a folder of files, all of it can be tried on any machine; `options` lead
 * to it.
 */
export interface MeterSuiteOptions extends SuiteOptions {
  /** Options under which it finds nothing, such as the path of a folder that is not there. Default: that is not tried. */
  readonly nothing?: Readonly<Record<string, unknown>>;
  /** Lets the source count on, each device by another amount. Default: the source is taken for one that counts by itself. */
  readonly count?: () => void | Promise<void>;
  /** All that may go wrong with the source while it is read. Default: none. */
  readonly faults?: readonly MeterFault[];
}

/** Something that may go wrong with a source, and be put right again. */
export interface MeterFault {
  /** What goes wrong: "a counter says nothing". */
  readonly name: string;
  readonly inject: () => void | Promise<void>;
  readonly repair: () => void | Promise<void>;
}

/** A meter, which each rule makes anew, and what it is tried with. */
export interface MeterSubject extends PluginSubject<'meter'> {
  readonly nothing: Readonly<Record<string, unknown>> | null;
  readonly count: () => void | Promise<void>;
  /** Whether the source counts without being told to. */
  readonly countsByItself: boolean;
  readonly faults: readonly MeterFault[];
}

/** In which a source that counts by itself goes on. */
const COUNTED_MS = 50;

export function meterSubject(
  plugin: PluginSubject<'meter'>,
  { nothing, count, faults = [] }: MeterSuiteOptions,
): MeterSubject {
  return {
    ...plugin,
    nothing: nothing ?? null,
    count: count ?? (() => pause(COUNTED_MS)),
    countsByItself: count === undefined,
    faults,
  };
}
