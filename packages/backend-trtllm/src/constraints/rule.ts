/** What a rule is given and what it gives. */
import type { Experiment, Violation } from '@llem/core';
import type { TrtllmOptions } from '../options.js';
import type { ModelShape } from './model-shape.js';

/** Everything that is known before anything starts. */
export interface Known {
  readonly options: TrtllmOptions;
  readonly experiment: Experiment;
  /** Null where the model is not on this machine. */
  readonly model: ModelShape | null;
}

/** Total and pure. Its messages say what is wrong with which settings, and what to do. */
export type Rule = (known: Known) => readonly Violation[];

export const violation = (option: string, message: string): Violation => ({
  path: `trtllm.${option}`,
  message,
});
