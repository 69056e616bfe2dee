// What must be so before a release begins: a commit that tells what is published, versions, and somebody who may publish.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.mjs';
import { ReleaseError } from './error.mjs';
import { whoami } from './registry.mjs';

/** At most so many files are named; of more, how many there are. */
const NAMED = 3;
const listed = (files) => (files.length > NAMED ? `${files.length} files` : files.join(', '));

/** What is built must be what a commit has. */
export async function refuseDirtyTree(root) {
  const { code, stdout, stderr } = await run('git', ['status', '--porcelain'], { cwd: root });
  if (code !== 0) {
    throw new ReleaseError(`git cannot tell the state of ${root}: ${stderr.trim()}`, 'Release from a clone.');
  }
  const changed = stdout.trimEnd().split('\n').filter(Boolean);
  if (changed.length === 0) return;
  throw new ReleaseError(
    `there are changes that no commit has: ${listed(changed.map((line) => line.slice(3)))}`,
    'Commit them, or put them aside, and try again.',
  );
}

/** A changeset that is left says that the versions of this commit are those of the last release. */
export function refuseChangesets(root) {
  const waiting = changesetsOf(root);
  if (waiting.length === 0) return;
  throw new ReleaseError(
    `there are changesets that no version has: ${listed(waiting)}`,
    'Run `npm run release:version`, look at what it changed, and commit it.',
  );
}

export const changesetsOf = (root) =>
  readdirSync(join(root, '.changeset')).filter((name) => name.endsWith('.md') && name !== 'README.md');

/** A provenance names a repository, and the registry holds the package's own word against it. */
export function refuseWithoutRepository(packages) {
  const without = packages
    .filter(({ manifest }) => !manifest.repository)
    .map(({ manifest }) => manifest.name);
  if (without.length === 0) return;
  throw new ReleaseError(
    `no "repository" in the package.json of ${without.join(', ')}, which a provenance needs`,
    'Name the repository that this job runs for in each of them.',
  );
}

/** Who publishes; null where a registry trusts the job itself, which only publishing shows. */
export async function publisher(root, isTrusted) {
  const user = await whoami(root);
  if (user !== null || isTrusted) return user;
  throw new ReleaseError(
    'npm is not logged in to the registry that it would publish to',
    'Run `npm login`, or give npm a token with the right to publish.',
  );
}
