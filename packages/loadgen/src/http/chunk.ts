/** The JSON of one streamed event, read through the paths of a dialect. */
import type { Dialect, JsonPath } from '@llem/core';

/** What one event tells. */
export interface Chunk {
  /** Null when the event bears no text at all. */
  readonly text: string | null;
  readonly finishReason: string | null;
  readonly error: string | null;
  readonly inputTokens: number | null;
  readonly cachedTokens: number | null;
  readonly outputTokens: number | null;
}

/** Reads an event's payload. Throws SyntaxError when it is not JSON. */
export function readChunk(payload: string, stream: Dialect['stream']): Chunk {
  const json: unknown = JSON.parse(payload);
  const error = at(json, stream.error);
  return {
    text: stringOrNull(at(json, stream.text)),
    finishReason: stringOrNull(at(json, stream.finishReason)),
    error: error === undefined || error === null ? null : describeError(error),
    inputTokens: countOrNull(at(json, stream.usage.input)),
    cachedTokens: countOrNull(at(json, stream.usage.cachedInput)),
    outputTokens: countOrNull(at(json, stream.usage.output)),
  };
}

/** True when the event stands for at least one token: it has text, or empty text before the end. */
export function bearsToken(chunk: Chunk): boolean {
  return chunk.text !== null && (chunk.text !== '' || chunk.finishReason === null);
}

function at(json: unknown, path: JsonPath): unknown {
  let value: unknown = json;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}

function stringOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function countOrNull(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

function describeError(error: unknown): string {
  if (typeof error === 'string') return error;
  if (
    typeof error === 'object' &&
    error !== null &&
    'message' in error &&
    typeof error.message === 'string'
  ) {
    return error.message;
  }
  return JSON.stringify(error);
}
