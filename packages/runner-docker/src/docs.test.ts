/** The table of failures in docs/docker.md has every class that this package gives, and no other. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const SOURCES = fileURLToPath(new URL('.', import.meta.url));
const PAGE = fileURLToPath(new URL('../../../docs/docker.md', import.meta.url));

/** In the object of a cause, as an argument of an error, or first in a call of `cause`. */
const CLASS = /(?:failureClass:|\bclass:|\bcause\()\s*'([a-z]+(?:-[a-z]+)+)'/g;

it('tells of every class of failure', () => {
  const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.ts') && !/\.(?:test|fixture)\.ts$/.test(name),
  );
  const text = files.map((name) => readFileSync(join(SOURCES, name), 'utf8')).join('\n');
  const given = [...text.matchAll(CLASS)].map(([, name]) => name);
  const [, table = ''] = readFileSync(PAGE, 'utf8').split('## When something fails');
  const told = [...table.matchAll(/^\| `([a-z-]+)`/gm)].map(([, name]) => name);
  expect(told.toSorted()).toEqual([...new Set(given)].toSorted());
});
