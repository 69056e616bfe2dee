/** Finding and listing result directories. */
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { llemError } from '@llem/core';
import { listStudies, type Manifest, type StudyListing } from '@llem/results';
import { grid } from '../terminal/grid.js';
import { oneLine, WIDTH, wrap } from '../terminal/text.js';

/**
 * The directory that a user means: an existing path; else the one study of `parent` whose name begins so; without a
 * name the newest that can be read. Throws LLEM_E_RESULTS when none fits or several do.
 */
export async function findStudy(name: string | undefined, parent: string): Promise<string> {
  if (name !== undefined && (await isFolder(name))) return name;
  const studies = await listStudies(parent);
  const remedy = `See \`llem results list\` for those in ${parent}, or name another place with --output.`;
  if (name === undefined) {
    const newest = studies.find(({ runs }) => runs !== null);
    if (newest) return newest.dir;
    throw llemError('LLEM_E_RESULTS', `There are no results in ${parent}.`, { remedy });
  }
  const fitting = studies.filter(({ dir }) => basename(dir).startsWith(name));
  const [first, second] = fitting;
  if (first && !second) return first.dir;
  if (!first) throw llemError('LLEM_E_RESULTS', `There is no result directory ${name}.`, { remedy });
  const names = fitting.map(({ dir }) => basename(dir));
  throw llemError(
    'LLEM_E_RESULTS',
    `${fitting.length} result directories begin with "${name}": ${names.join(', ')}.`,
    { remedy: 'Write more of the name.' },
  );
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** The runs that took more than one attempt, and which one counts; nothing where there are none. */
export function attemptsText({ runs }: Manifest): string {
  const repeated = runs.filter(({ attempts }) => attempts > 1);
  if (repeated.length === 0) return '';
  const lines = repeated
    .slice(0, MOST_ATTEMPTS)
    .map(({ attempts, runId, status }) => `  ${runId ?? '–'}  ${status}, the one that counts of ${attempts}`);
  const more = repeated.length - lines.length;
  return ['More than one attempt:', ...lines, ...(more > 0 ? [`  and ${more} more runs`] : [])].join('\n');
}
/** Runs that are listed for having several attempts. */
const MOST_ATTEMPTS = 10;

export function listingText(studies: readonly StudyListing[], parent: string): string {
  if (studies.length === 0) return `No results in ${parent}.`;
  const rows = studies.map(({ dir, startedAt, runs, state }) => [
    basename(dir),
    startedAt.slice(0, 16).replace('T', ' '),
    runs ? `${runs.completed}/${runs.planned}` : '–',
    runs && runs.overloaded > 0 ? String(runs.overloaded) : '',
    runs && runs.failed > 0 ? String(runs.failed) : '',
    runs && runs.skipped > 0 ? String(runs.skipped) : '',
    state,
  ]);
  const damaged = studies.flatMap(({ dir, problems }) =>
    problems.map(({ file, message }) => wrap(oneLine(`${basename(dir)}: ${file}: ${message}`), WIDTH, '  ')),
  );
  const columns = ['directory', 'started (UTC)', 'runs', 'overloaded', 'failed', 'skipped', 'state'].map(
    (title) => ({
      title,
    }),
  );
  const parts = [
    grid(columns, rows),
    ...(damaged.length === 0 ? [] : [['Damaged', ...damaged].join('\n')]),
    'One of them: llem results show DIRECTORY',
  ];
  return parts.join('\n\n');
}
