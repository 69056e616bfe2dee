/** The installed plugins as tables and as JSON. Pure. */
import type { JsonValue } from '@llem/core';
import { grid } from '../terminal/grid.js';
import { WIDTH, wrap } from '../terminal/text.js';
import type { Discovery, Provided, Source } from './discovery.js';
import type { DescribedOption, DescribedPlugin } from './options.js';

const FROM: Readonly<Record<Source, string>> = {
  core: 'comes with llem',
  workspace: 'this checkout',
  link: 'linked',
  user: 'installed',
};

export function catalogTable(discovery: Discovery): string {
  if (discovery.provided.length === 0) return 'Nothing is installed that a study could name.';
  const rows = discovery.provided.map((one: Provided) => [
    one.kind,
    one.id,
    `${one.package} ${one.version}`,
    FROM[one.source],
  ]);
  const columns = ['kind', 'id', 'package', 'from'].map((title) => ({ title }));
  return `${grid(columns, rows)}\n\nThe options of one: llem catalog ID`;
}

/** What cannot be used and why, each with what to do; empty when all is well. */
export function problemLines(discovery: Discovery): string {
  const problems = discovery.problems.map(
    ({ message, remedy }) => `warning: ${message}\n  what to do: ${remedy}`,
  );
  const unknown = discovery.unknown.map(
    (one) => `note: ${one.package} provides the ${one.kind} "${one.id}", a kind that this llem does not use.`,
  );
  return [...problems, ...unknown].join('\n');
}

export function catalogJson(discovery: Discovery): object {
  const { provided, problems, unknown } = discovery;
  return { provided, problems, unknown };
}

/** The options of one plugin: name, type and default on a line, the description under it. */
export function optionsTable(plugin: DescribedPlugin): string {
  const head = `${plugin.kind} ${plugin.id}  (${plugin.package} ${plugin.version})`;
  if (plugin.options.length === 0) return `${head}\n\n  It has no options.`;
  return [head, ...plugin.options.map(optionText)].join('\n\n');
}

function optionText(option: DescribedOption): string {
  const value = option.required ? 'required' : `default ${written(option.default)}`;
  const head = wrap(`${option.name}  ${option.type}, ${value}`, WIDTH, '  ');
  return option.description === '' ? head : `${head}\n${wrap(option.description, WIDTH, '      ')}`;
}

function written(value: JsonValue): string {
  return value === null ? 'none' : JSON.stringify(value);
}
