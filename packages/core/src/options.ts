/** Options of plugins as plain functions and JSON Schema, so that no zod object crosses a package boundary. */
import { z } from 'zod';
import { IN_WORDS } from './issue-words.js';
import { isJsonObject, type JsonObject } from './json.js';

/** One thing that is wrong with a value, at a path inside it. */
export interface OptionIssue {
  /** Keys and indices from the value's root. */
  readonly path: readonly (string | number)[];
  /** What was expected, in the words of `IN_WORDS` or of the schema's author, for people; programs go by `kind`. */
  readonly message: string;
  /**
   * `missing`: a value is needed at `path` and none is there; `null`: null stands where it is not a value;
   * `unknown-key`: the schema knows no such key; `rule`: a rule of its author is broken, which may look at other values
   * than the one at `path`; `invalid`: anything else.
   */
  readonly kind: 'missing' | 'null' | 'unknown-key' | 'rule' | 'invalid';
  /** Set when `path` names a key that the schema does not know: the keys it does know there. */
  readonly knownKeys?: readonly string[];
}

export type ParseResult<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly issues: readonly OptionIssue[] };

/** What a plugin exports as its options. */
export interface OptionsSchema<T = unknown> {
  /** Total: never throws; fills in defaults; refuses unknown keys. Parsing a parsed value changes nothing. */
  readonly parse: (input: unknown) => ParseResult<T>;
  /** JSON Schema (2020-12) of the input, with descriptions and defaults: documentation is generated from it. */
  readonly jsonSchema: JsonObject;
}

/** Makes an OptionsSchema from a zod schema of the caller's own copy of zod. */
export function defineOptions<S extends z.ZodType>(schema: S): OptionsSchema<z.output<S>> {
  let made: JsonObject | null = null;
  // Made when it is asked for: of hundreds of options it takes tens of milliseconds.
  const jsonSchema = () => (made ??= toJsonSchema(schema));
  return {
    get jsonSchema() {
      return jsonSchema();
    },
    parse(input) {
      // With `reportInput` an issue holds the value that it is about.
      const result = schema.safeParse(input, { ...IN_WORDS, reportInput: true });
      if (result.success) return { ok: true, value: result.data };
      return {
        ok: false,
        issues: result.error.issues.flatMap((issue) => toOptionIssues(issue, jsonSchema())),
      };
    },
  };
}

/** JSON Schema of what a zod schema accepts. */
export function toJsonSchema(schema: z.ZodType): JsonObject {
  const jsonObject = z.custom<JsonObject>((value) => typeof value === 'object' && value !== null);
  return jsonObject.parse(z.toJSONSchema(schema, { io: 'input', reused: 'inline', unrepresentable: 'any' }));
}

function toOptionIssues(issue: z.core.$ZodIssue, jsonSchema: JsonObject): OptionIssue[] {
  const path = issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key));
  if (issue.code === 'unrecognized_keys') {
    const knownKeys = knownKeysAt(jsonSchema, path, issue.input);
    return issue.keys.map((key) => ({
      path: [...path, key],
      message: `unknown key "${key}"`,
      kind: 'unknown-key',
      knownKeys,
    }));
  }
  if (issue.code === 'invalid_union') {
    const branch = closestBranch(issue.errors);
    if (branch) {
      return branch.flatMap((inner) =>
        toOptionIssues({ ...inner, path: [...issue.path, ...inner.path] }, jsonSchema),
      );
    }
  }
  return [{ path, message: issue.message, kind: kindOf(issue) }];
}

function kindOf(issue: z.core.$ZodIssue): OptionIssue['kind'] {
  if (issue.code === 'custom') return 'rule';
  if (!['invalid_type', 'invalid_value', 'invalid_union'].includes(issue.code)) return 'invalid';
  const value = issueValue(issue);
  if (value === undefined) return 'missing';
  return value === null ? 'null' : 'invalid';
}

/** The value at an issue's path. A discriminated union reports the mapping around it instead. */
function issueValue(issue: z.core.$ZodIssue): unknown {
  if (issue.code !== 'invalid_union' || issue.discriminator === undefined) return issue.input;
  return objectOr(issue.input)[issue.discriminator];
}

/** Of a union's branches, the one that got deepest into the value: the one its author meant. Null when none stands out. */
function closestBranch(errors: readonly (readonly z.core.$ZodIssue[])[]): readonly z.core.$ZodIssue[] | null {
  const depth = (issues: readonly z.core.$ZodIssue[]) =>
    Math.max(...issues.map((issue) => issue.path.length + (issue.code === 'unrecognized_keys' ? 1 : 0)));
  const ranked = errors.filter((issues) => issues.length > 0).sort((a, b) => depth(b) - depth(a));
  const [best] = ranked;
  return best && depth(best) > 0 ? best : null;
}

/** The property names that a JSON Schema allows in the mapping `value` at a path; empty where it names none. */
function knownKeysAt(schema: JsonObject, path: readonly (string | number)[], value: unknown): string[] {
  const meant = schemasAt([schema], path).filter((at) => mayBeOf(at, objectOr(value)));
  return [...new Set(meant.flatMap((at) => Object.keys(objectOr(at['properties']))))];
}

/** Whether a mapping has what a branch of a union fixes, such as its `type`, or says nothing of it. */
function mayBeOf(branch: JsonObject, value: JsonObject): boolean {
  return Object.entries(objectOr(branch['properties'])).every(([key, property]) => {
    const fixed = objectOr(property)['const'];
    return fixed === undefined || value[key] === undefined || value[key] === fixed;
  });
}

function schemasAt(schemas: readonly JsonObject[], path: readonly (string | number)[]): JsonObject[] {
  const flat = schemas.flatMap(alternatives);
  const [key, ...rest] = path;
  if (key === undefined) return flat;
  const inner = flat.flatMap((schema) => {
    if (typeof key === 'number') return [schema['items']];
    return [objectOr(schema['properties'])[key] ?? schema['additionalProperties']];
  });
  return schemasAt(inner.filter(isJsonObject), rest);
}

function alternatives(schema: JsonObject): JsonObject[] {
  const branches = [schema['anyOf'], schema['oneOf'], schema['allOf']].flatMap((list) =>
    Array.isArray(list) ? list.filter(isJsonObject) : [],
  );
  return [schema, ...branches.flatMap(alternatives)];
}

function objectOr(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}
