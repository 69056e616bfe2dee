/** Dataset: a source of prompts, read in the load thread. */
import type { ModelFacts } from './backend.js';
import type { Workload } from './settings.js';

export interface Prompt {
  /** Token ids, or text where the dialect asks for it. */
  readonly content: readonly number[] | string;
  /** Exact length in tokens; null when it is not known beforehand. */
  readonly inputTokens: number | null;
  readonly outputTokens: number;
}

/** What a data set may need to know. Plain data. */
export interface DatasetRequest {
  readonly seed: number;
  readonly workload: Workload;
  readonly model: ModelFacts;
}

export interface Dataset {
  /** Prompts in a seeded order; the same request gives the same prompts. */
  open(request: DatasetRequest): AsyncIterable<Prompt> | Iterable<Prompt>;
}
