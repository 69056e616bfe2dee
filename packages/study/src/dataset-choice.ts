/** Reads which data set a workload names. */
import type { DatasetChoice, JsonObject } from '@llem/core';

/** A data set by the id of its plugin, with the options that the study gives it. */
export interface NamedDataset {
  readonly id: string;
  readonly options: JsonObject;
}

/** A name alone is the data set without options. */
export function namedDataset(choice: DatasetChoice): NamedDataset {
  if (typeof choice === 'string') return { id: choice, options: {} };
  const { type, ...options } = choice;
  return { id: type, options };
}
