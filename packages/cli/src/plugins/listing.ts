/** The installed plugins as a table and as JSON. Pure. */
import { stripVTControlCharacters } from 'node:util';
import { PLUGIN_KINDS } from '@llem/core/plugin-manifest';
import type { Discovery, Provided, Source } from './discovery.js';

/** Where a plugin is from, in the words of every list. */
export const FROM: Readonly<Record<Source, string>> = {
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
  return `${columns([['kind', 'id', 'package', 'from'], ...rows])}\n\nThe options of one: llem catalog ID`;
}

/** Two spaces apart. By hand: the library that draws the other tables takes as long as all else that `llem catalog` does itself. */
function columns(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map(shown));
  const widths = (cells[0] ?? []).map((_, column) =>
    Math.max(...cells.map((row) => row[column]?.length ?? 0)),
  );
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** What strangers write, without what a terminal would obey. By hand, as `columns`. */
function shown(text: string): string {
  return stripVTControlCharacters(text).replace(/[\p{Cc}\p{Cf}]/gu, '');
}

/** What cannot be used and why, each with what to do; empty when all is well. */
export function problemLines(discovery: Discovery): string {
  const problems = discovery.problems.map(
    ({ message, remedy }) => `warning: ${shown(message)}\n  what to do: ${shown(remedy)}`,
  );
  const unknown = discovery.unknown.map((one) => shown(`note: ${unusedKind(one)}`));
  return [...problems, ...unknown].join('\n');
}

/** That nothing is wrong for sure: a later llem may have the kind, or its name is misspelt. */
export function unusedKind(one: Discovery['unknown'][number]): string {
  return `${one.package} provides the ${one.kind} "${one.id}", a kind that this llem does not use; it uses: ${PLUGIN_KINDS.join(', ')}.`;
}

export function catalogJson(discovery: Discovery): object {
  const { provided, problems, unknown } = discovery;
  return { provided, problems, unknown };
}
