/** The options of a plugin as text. Pure. */
import type { JsonValue } from '@llem/core';
import { WIDTH, wrap } from '../terminal/text.js';
import type { DescribedOption, DescribedPlugin } from './options.js';

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
