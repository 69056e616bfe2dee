/** The request body of a dialect, compiled once so that a request costs one join. */
import type { JsonObject } from '@llem/core';

export interface BodyValues {
  readonly prompt: readonly number[] | string;
  readonly outputTokens: number;
  readonly seed: number;
}

const PLACEHOLDER = /"\{(prompt|output_tokens|seed)\}"/;

/** Compiles a body template; see `Dialect.body` for its placeholders. */
export function compileBody(template: JsonObject): (values: BodyValues) => string {
  const parts = JSON.stringify(template).split(PLACEHOLDER);
  return (values) =>
    parts.map((part, index) => (index % 2 === 0 ? part : JSON.stringify(valueOf(part, values)))).join('');
}

function valueOf(name: string, values: BodyValues): unknown {
  switch (name) {
    case 'prompt':
      return values.prompt;
    case 'output_tokens':
      return values.outputTokens;
    default:
      return values.seed;
  }
}
