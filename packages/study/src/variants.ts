/**
 * Settings of core that come in several kinds, one key of which says which: the process of an arrival, the distribution
 * of a length, the type of a data set or a runner. Each kind has keys of its own.
 */
import { isJsonObject, type JsonObject } from '@llem/core';
import { alternatives, properties, schemasAt } from './schema-walk.js';
import type { Path } from './tree.js';

interface Variant {
  readonly path: string;
  /** The key that says which kind it is. */
  readonly kindKey: string;
}

const VARIANTS: readonly Variant[] = [
  { path: 'runner', kindKey: 'type' },
  { path: 'workload.dataset', kindKey: 'type' },
  { path: 'workload.arrival', kindKey: 'process' },
  { path: 'workload.input_tokens', kindKey: 'distribution' },
  { path: 'workload.output_tokens', kindKey: 'distribution' },
];

/** The key that says which kind the setting at a path is; null for settings that come in one kind. */
export function kindKeyAt(path: Path): string | null {
  // Those of `runners:`, whose names are backends.
  if (path.length === 2 && path[0] === 'runners') return 'type';
  const text = path.join('.');
  return VARIANTS.find((variant) => variant.path === text)?.kindKey ?? null;
}

/**
 * The keys that a setting of this kind has, given the schema of all settings of an experiment; null where the schema
 * does not say, as for a runner, whose keys are its plugin's.
 */
export function keysOfKind(
  schema: JsonObject,
  path: Path,
  kindKey: string,
  kind: unknown,
): readonly string[] | null {
  const branch = schemasAt(schema, path)
    .flatMap(alternatives)
    .find((each) => {
      const own = properties(each)[kindKey];
      return own !== undefined && isJsonObject(own) && own['const'] === kind;
    });
  return branch === undefined ? null : Object.keys(properties(branch));
}

/** The kinds among which a key decides, where a schema has several at a path: `constant`, `poisson`, ... */
export function kindsAt(schema: JsonObject, path: readonly (string | number)[]): string[] {
  const named = schemasAt(schema, path).flatMap(({ const: kind }) =>
    typeof kind === 'string' ? [kind] : [],
  );
  return named.length > 1 ? [...new Set(named)] : [];
}
