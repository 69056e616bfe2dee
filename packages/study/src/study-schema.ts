/** JSON Schema of a whole study file, with which editors complete and check it. */
import { isJsonObject, type JsonObject, type JsonValue } from '@llem/core';
import type { StudyCatalog } from './catalog.js';
import { EXPERIMENT_SETTINGS, grammarOf, settingPaths, STUDY_SETTINGS } from './grammar.js';
import { alternatives, properties, schemasAt } from './schema-walk.js';

/** Keys with a dot in them are settings further down: they are checked when the study is read, not by an editor. */
const DOTTED = '^[^.]+(\\.[^.]+)+$';

/** Draft 2020-12; sections of the backends of the catalog included. */
export function studyJsonSchema(catalog: StudyCatalog): JsonObject {
  const { experimentPaths } = grammarOf(catalog);
  const sections = Object.fromEntries(
    [...catalog.backends].map(([id, schema]) => [id, embed(schema.jsonSchema, `#/$defs/${defName(id)}`)]),
  );
  const definitions = Object.fromEntries(
    Object.entries(sections).map(([id, schema]) => [defName(id), schema]),
  );
  const experiment: JsonObject = {
    ...properties(withDottedKeys(EXPERIMENT_SETTINGS.jsonSchema)),
    backend: backendSchema(catalog),
    ...Object.fromEntries(Object.keys(sections).map((id) => [id, { $ref: `#/$defs/${defName(id)}` }])),
  };
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'llem study',
    description: 'What is measured, how often and in which order.',
    type: 'object',
    required: ['name'],
    properties: {
      ...properties(withDottedKeys(STUDY_SETTINGS.jsonSchema)),
      ...experiment,
      base: {
        description:
          'A study file that this one inherits from, relative to it: mappings are merged, all else is replaced.',
        type: 'string',
        minLength: 1,
      },
      sweep: sweepSchema(experimentPaths, catalog),
      groups: groupsSchema(experiment),
      experiments: {
        description: 'Experiments added as they are, each laid over the settings above.',
        type: 'array',
        minItems: 1,
        items: {
          type: 'object',
          properties: experiment,
          patternProperties: { [DOTTED]: {} },
          additionalProperties: false,
        },
      },
    },
    patternProperties: { [DOTTED]: {} },
    additionalProperties: false,
    $defs: { ...definitions, [RANGE]: RANGE_SCHEMA },
  };
}

function backendSchema(catalog: StudyCatalog): JsonObject {
  const [described] = schemasAt(EXPERIMENT_SETTINGS.jsonSchema, ['backend']);
  return { ...described, enum: [...catalog.backends.keys()] };
}

/** Named lists of settings. Their values may be lists of values: they are checked when the study is read. */
function groupsSchema(experiment: JsonObject): JsonObject {
  const described = Object.entries(experiment).map(([key, inner]): [string, JsonObject] => {
    const description = isJsonObject(inner) ? inner['description'] : undefined;
    return [key, typeof description === 'string' ? { description } : {}];
  });
  return {
    description:
      'Named lists of settings that travel together; the entries of one group are alternatives, crossed with all else.',
    type: 'object',
    minProperties: 1,
    additionalProperties: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        properties: Object.fromEntries(described),
        patternProperties: { [DOTTED]: {} },
        additionalProperties: false,
      },
    },
  };
}

/** The name of no backend: those have a prefix here. */
const RANGE = 'range';

const RANGE_SCHEMA: JsonObject = {
  description: 'Values from one end to the other; whole numbers where the setting is one.',
  type: 'object',
  required: ['from', 'to', 'steps'],
  properties: {
    from: { type: 'number', description: 'The first value.' },
    to: { type: 'number', description: 'The last value.' },
    steps: { type: 'integer', minimum: 2, description: 'How many values.' },
    scale: {
      enum: ['linear', 'log'],
      default: 'linear',
      description: 'log: equal ratios; linear: equal steps.',
    },
  },
  additionalProperties: false,
};

/** Settings with a list of values each, dotted or nested, or with a range. */
function sweepSchema(experimentPaths: JsonObject, catalog: StudyCatalog): JsonObject {
  const listOf = (path: string): JsonObject => {
    const section = path.split('.')[0] ?? '';
    const [first, ...others] = schemasAt(experimentPaths, path.split('.'));
    const found = first === undefined || others.length === 0 ? first : { anyOf: [first, ...others] };
    // A reference inside a section means nothing outside of it: such values are checked when the study is read.
    const isSelfContained = found !== undefined && !JSON.stringify(found).includes('"$ref"');
    const items = isSelfContained ? withDottedKeys(found) : {};
    const values: JsonObject = {
      type: 'array',
      minItems: 1,
      items: path === 'backend' ? backendSchema(catalog) : items,
    };
    const takesNumbers =
      found !== undefined && alternatives(found).some(({ type }) => type === 'integer' || type === 'number');
    const isSection =
      found !== undefined && alternatives(found).some((each) => Object.keys(properties(each)).length > 0);
    const described = first?.['description'];
    return {
      ...(typeof described === 'string' ? { description: described } : {}),
      ...(isSection || section === 'runner'
        ? { anyOf: [values, { type: 'object' }] }
        : takesNumbers
          ? { anyOf: [values, { $ref: `#/$defs/${RANGE}` }] }
          : values),
    };
  };
  return {
    description: 'Settings with a list of values each; all are crossed with each other.',
    type: 'object',
    minProperties: 1,
    properties: Object.fromEntries(settingPaths(experimentPaths).map((path) => [path, listOf(path)])),
    patternProperties: { [DOTTED]: { type: ['array', 'object'] } },
    additionalProperties: false,
  };
}

/** A section's schema inside another: without a dialect of its own, its references pointing to where it now is. */
function embed(schema: JsonObject, pointer: string): JsonObject {
  const withReferences = (value: JsonValue): JsonValue => {
    if (typeof value !== 'object' || value === null) return value;
    if (!isJsonObject(value)) return value.map(withReferences);
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) =>
        key === '$ref' && typeof inner === 'string' && inner.startsWith('#')
          ? [key, `${pointer}${inner.slice(1)}`]
          : [key, withReferences(inner)],
      ),
    );
  };
  const moved = withReferences(withDottedKeys(schema));
  return isJsonObject(moved) ? moved : {};
}

/**
 * A section's schema that lets dotted keys through, and that requires nothing: what it needs may be written dotted, or
 * come from a sweep or an entry.
 */
function withDottedKeys(schema: JsonObject): JsonObject {
  const own = properties(schema);
  if (Object.keys(own).length === 0) return withDottedBranches(without(schema, '$schema'));
  return {
    ...without(schema, '$schema', 'required'),
    properties: Object.fromEntries(
      Object.entries(own).map(([key, inner]) => [key, isJsonObject(inner) ? withDottedKeys(inner) : inner]),
    ),
    ...(schema['additionalProperties'] === false ? { patternProperties: { [DOTTED]: {} } } : {}),
  };
}

/** What is not required any more may fit several branches: any of them will do. */
function withDottedBranches(schema: JsonObject): JsonObject {
  const branches = schema['oneOf'] ?? schema['anyOf'];
  if (!Array.isArray(branches)) return schema;
  const anyOf = branches.map((branch: JsonValue) => (isJsonObject(branch) ? withDottedKeys(branch) : branch));
  return { ...without(schema, 'oneOf', 'anyOf'), anyOf };
}

function without(schema: JsonObject, ...keywords: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(schema).filter(([keyword]) => !keywords.includes(keyword)));
}

function defName(backend: string): string {
  return `backend-${backend}`;
}
