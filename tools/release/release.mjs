// Builds, checks and publishes every package whose version the registry lacks:
//
//   npm run release -- [--dry-run] [--tag latest]
//
// Nothing is published unless every tarball of the release is right, and those that the registry has already are what this commit builds.
// What is published are the tarballs that were checked.
// After a failure half-way the same command goes on. With --dry-run it does all of this except publishing, and says what it
// would otherwise refuse.
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from '../build.mjs';
import { CHECKS, problemsOf } from './checks.mjs';
import { run } from './command.mjs';
import { ReleaseError } from './error.mjs';
import { pack } from './pack.mjs';
import { provenance } from './provenance.mjs';
import { publishAll, refusePrereleaseAsLatest } from './publish.mjs';
import { publisher, refuseChangesets, refuseDirtyTree, refuseWithoutRepository } from './readiness.mjs';
import { missing, registryUrl } from './registry.mjs';
import { refuseChangedVersions } from './unchanged.mjs';
import { publicPackages } from './workspace.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
const say = (line) => console.log(line);

try {
  await release(readOptions());
} catch (error) {
  if (!(error instanceof ReleaseError)) throw error;
  console.error(`error: ${error.message}\n  what to do: ${error.remedy}`);
  process.exitCode = 1;
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: { 'dry-run': { type: 'boolean', default: false }, tag: { type: 'string', default: 'latest' } },
    });
    return { isDryRun: values['dry-run'], tag: values.tag };
  } catch (error) {
    throw new ReleaseError(error.message, 'Use: npm run release -- [--dry-run] [--tag latest]');
  }
}

async function release({ isDryRun, tag }) {
  const packages = publicPackages(root);
  const proof = provenance(process.env);
  const refusals = [
    () => refuseDirtyTree(root),
    () => refuseChangesets(root),
    () => (proof.available ? refuseWithoutRepository(packages) : undefined),
    () => publisher(root, proof.available),
  ];
  const heed = async (refuse) => {
    try {
      await refuse();
    } catch (error) {
      if (!isDryRun || !(error instanceof ReleaseError)) throw error;
      say(`A release would be refused: ${error.message}`);
    }
  };
  for (const refuse of refusals) await heed(refuse);
  const lacking = await missing(packages, root);
  await heed(() => refusePrereleaseAsLatest(lacking, tag));
  say(
    `Registry: ${await registryUrl(root)}: it lacks ${lacking.length} of ${packages.length} packages, tag ${tag}`,
  );
  say(`Provenance: ${proof.text}`);
  if (lacking.length === 0) {
    say('Nothing to publish.');
    // A release that was killed after its last publication has no tags yet; those that are there stay.
    if (!isDryRun) await tagCommit();
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'llem-release-'));
  try {
    const tarballs = await checked(packages, folder);
    const isLacking = ({ manifest }) => lacking.some((one) => one.manifest.name === manifest.name);
    const toPublish = tarballs.filter(isLacking);
    const published = join(folder, 'published');
    mkdirSync(published);
    await refuseChangedVersions(
      tarballs.filter((one) => !isLacking(one)),
      { root, folder: published },
    );
    if (isDryRun) {
      say(
        `Would publish: ${toPublish.map(({ manifest: { name, version } }) => `${name} ${version}`).join(', ')}`,
      );
      return;
    }
    say('Publishing ...');
    await publishAll(toPublish, { tag, isSigned: proof.available, root, say });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  await tagCommit();
  say('Published. Each version has a tag of git: git push --follow-tags');
}

async function tagCommit() {
  const { code, stdout, stderr } = await run('npx', ['changeset', 'tag'], { cwd: root });
  if (code === 0) return;
  throw new ReleaseError(
    `everything is published, but the commit has no tags: ${(stderr || stdout).trim()}`,
    'Put that right and run `npx changeset tag`.',
  );
}

/** All packages, built from nothing and packed; refused where a check finds something in any of them. */
async function checked(packages, folder) {
  say('Building from clean ...');
  for (const { folder: at } of packages) rmSync(join(at, 'dist'), { recursive: true, force: true });
  build(root);
  say(`Packing and checking (${Object.keys(CHECKS).join(', ')}) ...`);
  const tarballs = await pack(
    packages.map((one) => one.folder),
    folder,
  );
  const core = await import(pathToFileURL(join(root, 'packages/core/dist/index.js')).href);
  const licence = readFileSync(join(root, 'LICENSE'), 'utf8');
  const all = { root, tarballs, contractVersion: core.CONTRACT_VERSION, licence };
  const lines = [];
  for (const tarball of tarballs) {
    for (const { check, problem } of await problemsOf(tarball, all)) {
      lines.push(`  ${tarball.manifest.name}: ${problem} (${check})`);
    }
  }
  if (lines.length === 0) return tarballs;
  throw new ReleaseError(
    `nothing was published; the tarballs are not right:\n${lines.join('\n')}`,
    'Correct each of them.',
  );
}
