/** JSON from outside. */
import type { JsonValue } from '@llem/core';
import { z } from 'zod';

const jsonSchema: z.ZodType<JsonValue> = z.json();

/** Null for what is no JSON. */
export function jsonOf(text: string): JsonValue | null {
  try {
    return jsonSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
