/** The options that a JSON Schema names, and values that each might have. */
import { isJsonObject, type JsonObject, type JsonValue } from '@llem/core';

/** One option by its keys from the plugin's section; entries of lists and of mappings with free keys have none of their own. */
export interface NamedOption {
  readonly path: readonly string[];
  /** True where it is inside a list, or a mapping whose keys are the user's own. */
  readonly isInEntry: boolean;
  readonly schema: JsonObject;
}

const objectOf = (value: JsonValue | undefined): JsonObject =>
  value !== undefined && isJsonObject(value) ? value : {};

const objectsOf = (value: JsonValue | undefined): JsonObject[] =>
  Array.isArray(value) ? value.filter(isJsonObject) : [];

/** A schema and, of a union, every alternative. */
function alternatives(schema: JsonObject): JsonObject[] {
  const branches = ['anyOf', 'oneOf', 'allOf'].flatMap((keyword) => objectsOf(schema[keyword]));
  return [schema, ...branches.flatMap(alternatives)];
}

/** Every option that a schema names, at every depth; those of the alternatives of a union as well. */
export function namedOptions(
  schema: JsonObject,
  path: readonly string[] = [],
  isInEntry = false,
): NamedOption[] {
  return alternatives(schema).flatMap((each) => [
    ...Object.entries(objectOf(each['properties'])).flatMap(([key, value]): NamedOption[] => {
      const here = [...path, key];
      const inner = objectOf(value);
      return [{ path: here, isInEntry, schema: inner }, ...namedOptions(inner, here, isInEntry)];
    }),
    ...[each['items'], each['additionalProperties'], each['prefixItems']]
      .flatMap((entry) => (Array.isArray(entry) ? objectsOf(entry) : [objectOf(entry)]))
      .filter((entry) => Object.keys(entry).length > 0)
      .flatMap((entry) => namedOptions(entry, path, true)),
  ]);
}

/** True where a mapping of these schemas has named keys and says nothing of others. */
export function hasNamedKeysAlone(schema: JsonObject): boolean {
  const named = alternatives(schema).filter((each) => isJsonObject(each['properties'] ?? null));
  return named.length > 0 && named.every((each) => !isJsonObject(each['additionalProperties'] ?? null));
}

/** True where a value may have entries that its schema does not name: a list, keys of the user's own, or anything. */
export function hasFreeEntries(schema: JsonObject): boolean {
  const isFree = ({ type, $ref, items, prefixItems, properties, additionalProperties }: JsonObject) =>
    $ref !== undefined ||
    items !== undefined ||
    prefixItems !== undefined ||
    type === 'array' ||
    additionalProperties === true ||
    isJsonObject(additionalProperties ?? null) ||
    (type === 'object' && properties === undefined && additionalProperties !== false);
  const every = alternatives(schema);
  const says = ['type', 'enum', 'const', 'anyOf', 'oneOf', 'allOf', 'properties'];
  return every.some((each) => isFree(each) || says.every((keyword) => each[keyword] === undefined));
}

/** Bounds, every choice, and what nobody would write; the plugin's own `parse` says which of them it takes. */
export function possibleValues(schema: JsonObject): JsonValue[] {
  const own = alternatives(schema).flatMap((each): JsonValue[] => {
    const { default: usual, enum: choices, const: only, minimum, maximum, items } = each;
    const numbers = [minimum, maximum].flatMap((bound) =>
      typeof bound === 'number' ? [bound, bound + 1, bound - 1] : [],
    );
    const entries = possibleEntries(objectOf(items));
    return [
      ...[usual, only].flatMap((value) => (value === undefined ? [] : [value])),
      ...valuesOf(choices),
      ...numbers,
      ...entries.map((entry) => [entry]),
      ...(entries.length > 0 ? [entries] : []),
    ];
  });
  const unique = new Map([...own, ...UNUSUAL].map((value) => [JSON.stringify(value), value]));
  return [...unique.values()];
}

function valuesOf(choices: JsonValue | undefined): JsonValue[] {
  return Array.isArray(choices) ? choices.map((choice: JsonValue) => choice) : [];
}

function possibleEntries(schema: JsonObject): JsonValue[] {
  return Object.keys(schema).length === 0 ? [] : possibleValues({ ...schema, items: {} });
}

/** JSON that a study file could have anywhere. */
const UNUSUAL: readonly JsonValue[] = [
  null,
  true,
  false,
  0,
  1,
  -1,
  2,
  3,
  0.5,
  1e9,
  Number.MAX_SAFE_INTEGER,
  1e308,
  '',
  'x',
  '0',
  '--flag=x y',
  '{prompt}',
  '../../etc/passwd',
  'é\u0000\n"',
  'x'.repeat(10_000),
  [],
  [null],
  ['x'],
  [0, 'x'],
  {},
  { x: 'y' },
  { constructor: 1, toString: null },
];

/** `input` with a value at a path; mappings on the way are made where they are missing. */
export function withValue(input: unknown, path: readonly string[], value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const around: object = typeof input === 'object' && input !== null && !Array.isArray(input) ? input : {};
  return { ...around, [key]: withValue(Reflect.get(around, key), rest, value) };
}
