// Gives every package with a changeset its next version: `npm run release:version`. Changelogs, the ranges between packages and
// package-lock.json go with it. It commits nothing.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ReleaseError } from './error.mjs';
import { changesetsOf, refuseDirtyTree } from './readiness.mjs';
import { publicPackages } from './workspace.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
const versions = () => new Map(publicPackages(root).map(({ manifest }) => [manifest.name, manifest.version]));

try {
  await refuseDirtyTree(root);
  if (changesetsOf(root).length === 0) {
    throw new ReleaseError('there is no changeset', 'Write one for what changed: `npm run changeset`.');
  }
  const before = versions();
  execFileSync('npx', ['changeset', 'version'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  execFileSync('npm', ['install', '--package-lock-only', '--ignore-scripts', '--no-audit', '--silent'], {
    cwd: root,
    stdio: 'inherit',
  });
  for (const [name, version] of versions()) {
    const old = before.get(name);
    if (old !== version) console.log(`${name} ${old} -> ${version}`);
  }
  console.log('Look at the changes, commit them, and publish with: npm run release');
} catch (error) {
  if (!(error instanceof ReleaseError)) throw error;
  console.error(`error: ${error.message}\n  what to do: ${error.remedy}`);
  process.exitCode = 1;
}
