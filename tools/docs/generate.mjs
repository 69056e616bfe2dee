/**
 * Writes the generated documentation: `node tools/docs/generate.mjs`, after a build.
 * With `--check` it writes nothing and exits 1 when a page is not what it would write.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cliPage } from './cli.mjs';
import { conformancePage } from './conformance.mjs';
import { configurationPage } from './configuration.mjs';
import { enginePages } from './engines.mjs';
import { projectPluginsFile, readPlugins } from './plugins.mjs';
import { studyPage, studySchemaFile } from './study.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Every generated file, by its path in the repository; a generator gets the plugins of the workspace. */
const GENERATORS = {
  'docs/reference/cli.md': cliPage,
  'docs/reference/configuration.md': configurationPage,
  'docs/reference/conformance.md': conformancePage,
  'docs/reference/study.md': studyPage,
  'docs/reference/study.schema.json': studySchemaFile,
  'packages/create-plugin/src/project-plugins.ts': projectPluginsFile(
    'so that no other is made with one of those ids',
  ),
  'packages/study/src/project-plugins.ts': projectPluginsFile(
    'so that one that is not installed can be named',
  ),
};

const isCheck = process.argv.includes('--check');
const plugins = await readPlugins(root);
const stale = [];
for (const [path, generate] of Object.entries({ ...GENERATORS, ...enginePages(plugins) })) {
  const text = await generate(plugins);
  const file = join(root, path);
  const present = await readFile(file, 'utf8').catch((error) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (present === text) continue;
  stale.push(path);
  if (isCheck) continue;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  console.log(`wrote ${path}`);
}
if (isCheck && stale.length > 0) {
  console.error(`${stale.join(', ')}: not up to date; run "npm run docs" and commit what it writes.`);
  process.exitCode = 1;
}
