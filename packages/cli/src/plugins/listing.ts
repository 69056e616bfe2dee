/** The installed plugins as a table and as JSON. Pure. */
import { grid } from '../terminal/grid.js';
import type { Discovery, Provided, Source } from './discovery.js';

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
