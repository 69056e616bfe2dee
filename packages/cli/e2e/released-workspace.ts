/** A copy of this workspace whose packages are given versions and published with its own release commands. */
import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import { linkModules } from './linked-modules.js';
import type { NpmRegistry } from './npm-registry.js';

const WORKSPACE = fileURLToPath(new URL('../../../', import.meta.url));
const IDENTITY = { GIT_AUTHOR_NAME: 'llem', GIT_AUTHOR_EMAIL: 'llem@localhost' };
const ENVIRONMENT = {
  ...IDENTITY,
  GIT_COMMITTER_NAME: IDENTITY.GIT_AUTHOR_NAME,
  GIT_COMMITTER_EMAIL: IDENTITY.GIT_AUTHOR_EMAIL,
};
const manifestSchema = z.object({
  name: z.string(),
  version: z.string(),
  private: z.boolean().default(false),
});

export interface ReleasedWorkspace {
  /** Gives every public package its next version and publishes all of them. Gives the versions by name. */
  release(): Promise<ReadonlyMap<string, string>>;
}

/** A copy in `root`, which does not exist yet, as a repository of its own with one commit. */
export async function copyOfWorkspace(root: string, registry: NpmRegistry): Promise<ReleasedWorkspace> {
  const run = (command: string, args: readonly string[]) =>
    promisify(execFile)(command, args, {
      cwd: root,
      env: { ...process.env, ...registry.env, ...ENVIRONMENT },
    });
  const commit = async (message: string) => {
    await run('git', ['add', '--all']);
    await run('git', ['commit', '--quiet', '--message', message]);
  };
  await copyFiles(root);
  await linkModules(root);
  await run('git', ['init', '--quiet']);
  await commit('A copy');
  return {
    async release() {
      const names = (await publicManifests(root)).map(({ name }) => `'${name}': minor\n`);
      await writeFile(
        join(root, '.changeset/all.md'),
        `---\n${names.join('')}---\n\nA version for a test.\n`,
      );
      await commit('A changeset for all');
      await run('npm', ['run', 'release:version']);
      await commit('Versions');
      await run('npm', ['run', 'release']);
      return new Map((await publicManifests(root)).map(({ name, version }) => [name, version]));
    },
  };
}

/** All that git knows or would take: what is being worked on as well. */
async function copyFiles(root: string): Promise<void> {
  const listing = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const { stdout } = await promisify(execFile)('git', listing, { cwd: WORKSPACE });
  for (const path of stdout.split('\0').filter(Boolean)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await cp(join(WORKSPACE, path), join(root, path));
  }
}

async function publicManifests(root: string) {
  const manifests = await Promise.all(
    (await readdir(join(root, 'packages'))).map(async (name) =>
      manifestSchema.parse(JSON.parse(await readFile(join(root, 'packages', name, 'package.json'), 'utf8'))),
    ),
  );
  return manifests.filter((one) => !one.private);
}
