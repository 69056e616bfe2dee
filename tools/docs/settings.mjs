/** Tables of settings, from JSON Schemas. */

/** Units by the end of a setting's name; names without a unit have none. */
const UNITS = [
  [/(^|_)(s|seconds)$/, 's'],
  [/_ms$/, 'ms'],
  [/_tokens$/, 'tokens'],
  [/_bytes$/, 'bytes'],
  [/_mib$/, 'MiB'],
  [/_gib$/, 'GiB'],
  [/(^|_)watts(_|$)|_w$/, 'W'],
  [/_c$/, '°C'],
  [/^(concurrency|max_in_flight)$/, 'requests'],
  [/^rate$/, 'requests/s'],
  [/^(max_)?cycles$/, 'cycles'],
];

/** Columns of the tables, with what a setting has in each. */
const COLUMNS = [
  ['setting', ({ path }) => `\`${path}\``],
  ['type', ({ schema }) => type(schema)],
  ['default', ({ schema }) => defaultOf(schema)],
  ['unit', ({ path }) => unitOf(path)],
  ['what it is', ({ schema }) => schema.description ?? ''],
];

/**
 * A Markdown table with a row for every setting under a schema. `above` is put before their names. With `mappings` a mapping
 * has a row of its own above its keys, and columns in which no setting has anything are left out.
 */
export function settingsTable(schema, above, { mappings = false } = {}) {
  const found = settings(schema, above, mappings);
  if (found.length === 0) return 'It has no settings.';
  const columns = COLUMNS.filter(([, cell]) => !mappings || found.some((each) => cell(each) !== ''));
  return [
    row(columns.map(([title]) => title)),
    row(columns.map(() => '---')),
    ...found.map((each) => row(columns.map(([, cell]) => cell(each)))),
  ].join('\n');
}

/** Every setting that holds a value, in the order of the schema, and with `mappings` those that hold others. */
function settings(schema, above, mappings = false) {
  return Object.entries(schema.properties ?? {}).flatMap(([key, inner]) => {
    const path = above === '' ? key : `${above}.${key}`;
    if (inner.properties !== undefined) {
      return [...(mappings ? [{ path, schema: inner }] : []), ...settings(inner, path, mappings)];
    }
    return [{ path, schema: inner }, ...kindSettings(mappingsOf(inner), path)];
  });
}

/** The mappings that a value may be, however deep in a union. */
function mappingsOf(schema) {
  return (schema.anyOf ?? schema.oneOf ?? []).flatMap((branch) =>
    branch.properties === undefined ? mappingsOf(branch) : [branch],
  );
}

/** The settings of a mapping of several kinds: each key once, with the kinds that have it where not all do. */
function kindSettings(kinds, above) {
  const keys = [...new Set(kinds.flatMap((kind) => Object.keys(kind.properties)))];
  return keys.flatMap((key) => {
    const path = `${above}.${key}`;
    const having = kinds.filter((kind) => kind.properties[key] !== undefined);
    const schemas = having.map((kind) => kind.properties[key]);
    const [first] = schemas;
    if (first.properties !== undefined) return settings(first, path);
    const differ = schemas.length > 1 && schemas.every((schema) => schema.const !== undefined);
    const described = differ
      ? schemas
          .flatMap((schema) => (schema.description ? [`${schema.const}: ${schema.description}`] : []))
          .join(' ')
      : (first.description ?? '');
    const of = having.length < kinds.length ? `Of ${having.map(kindName).join(', ')}. ` : '';
    return [
      { path, schema: { ...first, ...(differ ? { anyOf: schemas } : {}), description: `${of}${described}` } },
    ];
  });
}

/** What a kind is called: the value of the key that says which it is. */
function kindName({ properties }) {
  return Object.values(properties).find((schema) => schema.const !== undefined)?.const ?? 'mapping';
}

function row(cells) {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replace(/\s+/g, ' ').trim()).join(' | ')} |`;
}

function type(schema) {
  const union = schema.anyOf ?? schema.oneOf;
  if (union !== undefined) return [...new Set(union.map(type))].join(' or ');
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(code).join(', ');
  switch (schema.type) {
    case 'integer':
      return `whole number${range(schema)}`;
    case 'number':
      return `number${range(schema)}`;
    case 'boolean':
      return 'true or false';
    case 'string':
      return 'text';
    case 'null':
      return 'null';
    case 'array':
      return `list of ${schema.items === undefined ? 'values' : plural(schema.items)}`;
    case 'object':
      return 'mapping';
    default:
      return 'any';
  }
}

function plural(items) {
  const inner = type(items);
  return inner.includes(' or ') || inner.includes(',') ? `(${inner})` : inner;
}

/** The range of a number; the bounds that every safe integer has say nothing. */
function range({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }) {
  const isBound = (bound) => bound !== undefined && Math.abs(bound) < Number.MAX_SAFE_INTEGER;
  const parts = [
    ...(isBound(minimum) ? [`≥ ${minimum}`] : []),
    ...(isBound(exclusiveMinimum) ? [`> ${exclusiveMinimum}`] : []),
    ...(isBound(maximum) ? [`≤ ${maximum}`] : []),
    ...(isBound(exclusiveMaximum) ? [`< ${exclusiveMaximum}`] : []),
  ];
  return parts.length === 0 ? '' : ` ${parts.join(', ')}`;
}

function defaultOf(schema) {
  return schema.default === undefined ? '' : code(schema.default);
}

function code(value) {
  return `\`${typeof value === 'string' && value !== '' ? value : JSON.stringify(value)}\``;
}

function unitOf(path) {
  const name = path.slice(path.lastIndexOf('.') + 1);
  return UNITS.find(([pattern]) => pattern.test(name))?.[1] ?? '';
}
