/** Finds one's way in a JSON Schema: what it says at a path, and which keys it leaves free. */
import { isJsonObject, type JsonObject, type JsonValue } from '@llem/core';

/** A schema and, of a union, every alternative. */
export function alternatives(schema: JsonObject): JsonObject[] {
  const branches = ['anyOf', 'oneOf', 'allOf'].flatMap((keyword) => {
    const list = schema[keyword];
    return Array.isArray(list) ? list.filter(isJsonObject) : [];
  });
  return [schema, ...branches.flatMap(alternatives)];
}

/** The schemas of a key's value, given those of the mapping; empty where nothing is known. */
export function childSchemas(schemas: readonly JsonObject[], key: string): JsonObject[] {
  return schemas.flatMap(alternatives).flatMap((schema) => {
    const own = properties(schema)[key] ?? schema['additionalProperties'];
    return own !== undefined && isJsonObject(own) ? [own] : [];
  });
}

/** The schemas at a path from `schema`. */
export function schemasAt(schema: JsonObject, path: readonly (string | number)[]): JsonObject[] {
  return path.reduce<JsonObject[]>(
    (schemas, step) => {
      if (typeof step === 'string') return childSchemas(schemas, step);
      return schemas
        .flatMap(alternatives)
        .flatMap((each) => (isJsonObjectValue(each['items']) ? [each['items']] : []));
    },
    [schema],
  );
}

/** The description at a path, where there is one. */
export function descriptionAt(schema: JsonObject, path: readonly (string | number)[]): string | null {
  const [found] = schemasAt(schema, path).flatMap((each) => {
    const text = each['description'];
    return typeof text === 'string' ? [text] : [];
  });
  return found ?? null;
}

/** The properties that a schema names. */
export function properties(schema: JsonObject): JsonObject {
  const found = schema['properties'];
  return isJsonObjectValue(found) ? found : {};
}

/**
 * True where keys are the user's own and their values no mappings: a dot in such a key is a part of it,
 * as in a mapping of environment variables or of file names.
 */
export function keepsKeysWhole(schemas: readonly JsonObject[]): boolean {
  const flat = schemas.flatMap(alternatives);
  if (flat.some((schema) => Object.keys(properties(schema)).length > 0)) return false;
  const free = flat.map((schema) => schema['additionalProperties']).filter(isJsonObjectValue);
  return free.length > 0 && free.every((schema) => !mayBeMapping(schema));
}

function mayBeMapping(schema: JsonObject): boolean {
  const branches = alternatives(schema).slice(1);
  if (branches.length > 0) return branches.some(mayBeMapping);
  const type = schema['type'];
  if (type === undefined) return schema['enum'] === undefined && schema['const'] === undefined;
  return Array.isArray(type) ? type.includes('object') : type === 'object';
}

function isJsonObjectValue(value: JsonValue | undefined): value is JsonObject {
  return value !== undefined && isJsonObject(value);
}
