/** What a rule is given and what it gives. */
import type { Experiment, Violation } from '@llem/core';
import type { ModelConfig } from '@llem/serving';
import type { SglangOptions } from '../options.js';

/** Everything that is known before anything starts. */
export interface Known {
  readonly options: SglangOptions;
  readonly experiment: Experiment;
  /** Null where the model is not on this machine. */
  readonly model: ModelConfig | null;
}

/** Total and pure. Its messages say what is wrong with which settings, and what to do. */
export type Rule = (known: Known) => readonly Violation[];

export const violation = (option: string, message: string): Violation => ({
  path: `sglang.${option}`,
  message,
});
