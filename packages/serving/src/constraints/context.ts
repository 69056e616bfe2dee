/** Whether a request fits into the context that is asked for, and into that of the model. */
import type { Violation } from '@llem/core';
import type { ModelConfig } from '../hub/model-config.js';

/**
 * Tokens that the model was made for; null where nothing says, or an engine may make more of them. `overridden`: options change the
 * model's own configuration.
 */
export const knownContext = (model: ModelConfig | null, overridden: boolean): number | null =>
  model === null || model.scaledContext || overridden ? null : model.contextLength;

export interface ContextNeed {
  /** Of the option, such as `vllm.max_model_len`. */
  readonly path: string;
  /** What it is set to; null: to nothing, or to no number. */
  readonly asked: number | null;
  /** Tokens that the longest request of the workload needs. */
  readonly needed: number;
  /** From `knownContext`. */
  readonly made: number | null;
}

/** For engines that refuse a context beyond the model's. Pure. */
export function contextViolations({ path, asked, needed, made }: ContextNeed): Violation[] {
  if (asked !== null && made !== null && asked > made) {
    const message = `the model was made for ${made} tokens and this asks for ${asked}: use at most ${made}`;
    return [{ path, message }];
  }
  if (asked !== null && asked < needed) {
    const message = `a request needs up to ${needed} tokens (workload.input_tokens, output_tokens, turns) and ${asked} are allowed: raise it or leave it out`;
    return [{ path, message }];
  }
  if (made !== null && made < needed) {
    const message = `the model was made for ${made} tokens and a request needs up to ${needed}: lower workload.input_tokens, output_tokens or turns`;
    return [{ path: 'workload.input_tokens', message }];
  }
  return [];
}
