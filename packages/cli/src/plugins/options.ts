/** The options of a plugin, read from its JSON Schema: name, type, default and description of each. */
import {
  isJsonObject,
  llemError,
  PLUGIN_KINDS,
  type JsonObject,
  type JsonValue,
  type PluginKind,
} from '@llem/core';
import { explainId, projectPackage } from '@llem/study';
import { problemOf } from './discovery.js';
import type { PluginModules } from './modules.js';

export interface DescribedOption {
  /** Dotted path under the plugin's section. */
  readonly name: string;
  readonly type: string;
  /** As it would be written in a study; null where there is none. */
  readonly default: JsonValue;
  readonly required: boolean;
  readonly description: string;
}

export interface DescribedPlugin {
  readonly kind: PluginKind;
  readonly id: string;
  readonly package: string;
  readonly version: string;
  readonly options: readonly DescribedOption[];
}

/** All that is installed under an id, one for each kind. Throws LLEM_E_PLUGIN_MISSING or LLEM_E_PLUGIN_BROKEN. */
export async function describe(id: string, modules: PluginModules): Promise<DescribedPlugin[]> {
  const found = modules.discovery.provided.filter((one) => one.id === id);
  if (found.length === 0) throw nothingUnder(id, modules);
  return await Promise.all(
    found.map(async ({ kind, package: name, version }) => {
      const module = await modules.load(kind, id);
      return { kind, id, package: name, version, options: describeSchema(module.options.jsonSchema) };
    }),
  );
}

function nothingUnder(id: string, modules: PluginModules): Error {
  const { discovery } = modules;
  const broken = PLUGIN_KINDS.find((kind) => problemOf(discovery, kind, id) !== undefined);
  const missing = PLUGIN_KINDS.find((kind) => projectPackage(kind, id) !== null);
  const kind = broken ?? missing;
  try {
    if (kind !== undefined) modules.find(kind, id);
  } catch (error) {
    if (error instanceof Error) return error;
  }
  const ids = [...new Set(discovery.provided.map((one) => one.id))];
  return llemError('LLEM_E_PLUGIN_MISSING', `${explainId(id, ids)}.`, {
    remedy: 'Name one that `llem catalog` lists, or install the plugin that provides it.',
  });
}

/** The options of a JSON Schema; objects with known keys are opened, so that every name can be swept as it stands. */
export function describeSchema(schema: JsonObject, path: readonly string[] = []): DescribedOption[] {
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  return Object.entries(objectAt(schema, 'properties')).flatMap(([key, value]) => {
    if (!isJsonObject(value)) return [];
    const here = [...path, key];
    if (Object.keys(objectAt(value, 'properties')).length > 0) return describeSchema(value, here);
    return [
      {
        name: here.join('.'),
        type: typeName(value),
        default: value['default'] ?? null,
        required: required.includes(key) && value['default'] === undefined,
        description: typeof value['description'] === 'string' ? value['description'] : '',
      },
    ];
  });
}

/** `integer >= 1`, `"auto" | "on"`, `number or null`, `list of string`. */
export function typeName(schema: JsonObject): string {
  const alternatives = schema['anyOf'] ?? schema['oneOf'];
  if (Array.isArray(alternatives)) {
    return [...new Set(alternatives.filter(isJsonObject).map(typeName))].join(' | ');
  }
  if (Array.isArray(schema['enum'])) return schema['enum'].map((value) => JSON.stringify(value)).join(' | ');
  if (schema['const'] !== undefined) return JSON.stringify(schema['const']);
  const type = schema['type'];
  if (Array.isArray(type)) {
    return type.map((one: JsonValue) => typeName({ ...schema, type: one })).join(' | ');
  }
  if (type === 'array') {
    return isJsonObject(schema['items']) ? `list of ${typeName(schema['items'])}` : 'list';
  }
  if (type === 'object') return 'mapping';
  if (type === 'integer' || type === 'number') return `${type}${bounds(schema)}`;
  return typeof type === 'string' ? type : 'any';
}

function bounds(schema: JsonObject): string {
  const of = (key: string) => {
    const value = schema[key];
    // zod's integers are bounded by what a double holds exactly; that says nothing to a reader.
    return typeof value === 'number' && Math.abs(value) < Number.MAX_SAFE_INTEGER ? value : null;
  };
  const lower = of('minimum') ?? of('exclusiveMinimum');
  const upper = of('maximum') ?? of('exclusiveMaximum');
  const lowerSign = of('minimum') === null ? '>' : '>=';
  if (lower !== null && upper !== null) return ` ${lower}..${upper}`;
  if (lower !== null) return ` ${lowerSign} ${lower}`;
  return upper === null ? '' : ` <= ${upper}`;
}

function objectAt(schema: JsonObject, key: string): JsonObject {
  const value = schema[key];
  return isJsonObject(value) ? value : {};
}
