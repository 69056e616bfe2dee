/** What a rule of a backend is given and what it gives. */
import type { Experiment, Violation } from '@llem/core';
import type { ModelConfig } from '../hub/model-config.js';

/** Everything that is known before anything starts. */
export interface Known<Options> {
  readonly options: Options;
  readonly experiment: Experiment;
  /** Null where the model is not on this machine. */
  readonly model: ModelConfig | null;
}

/** Total and pure. Its messages say what is wrong with which settings, and what to do. */
export type Rule<Options> = (known: Known<Options>) => readonly Violation[];
