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
  [/^concurrency$/, 'requests'],
  [/^cycles$/, 'cycles'],
];

/** A Markdown table with a row for every setting under a schema. `above` is put before their names. */
export function settingsTable(schema, above) {
  const rows = settings(schema, above).map(({ path, schema: each }) =>
    row([`\`${path}\``, type(each), defaultOf(each), unitOf(path), each.description ?? '']),
  );
  if (rows.length === 0) return 'It has no settings.';
  return [
    row(['setting', 'type', 'default', 'unit', 'what it is']),
    row(['---', '---', '---', '---', '---']),
    ...rows,
  ].join('\n');
}

/** Every setting that holds a value, in the order of the schema. */
function settings(schema, above) {
  return Object.entries(schema.properties ?? {}).flatMap(([key, inner]) => {
    const path = above === '' ? key : `${above}.${key}`;
    return inner.properties === undefined ? [{ path, schema: inner }] : settings(inner, path);
  });
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
