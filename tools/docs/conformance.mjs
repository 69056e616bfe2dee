/** The reference of the conformance suites: every rule, from the rules themselves. */
import { fileURLToPath, pathToFileURL } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { MARK } from './mark.mjs';

const BUILT = fileURLToPath(new URL('../../packages/testkit/dist/conformance/', import.meta.url));

/** Titles by the folder of the testkit that holds the rules. */
const SUITES = {
  package: 'Every plugin',
  backend: 'Backends',
  runner: 'Runners',
  meter: 'Meters',
  dataset: 'Data sets',
};

/** docs/reference/conformance.md */
export async function conformancePage() {
  const parts = [MARK, '# What llem asks of a plugin', INTRODUCTION];
  for (const [folder, title] of Object.entries(SUITES)) {
    const module = await import(pathToFileURL(`${BUILT}${folder}/rules.js`).href);
    const rules = Object.values(module).filter(Array.isArray).flat();
    const unique = [...new Map(rules.map((rule) => [rule.id, rule])).values()];
    const rows = unique.map((rule) => `| \`${rule.id}\` | ${rule.title.replaceAll('|', '\\|')} |`);
    parts.push(`## ${title}`, ['| rule | what holds |', '| --- | --- |', ...rows].join('\n'));
  }
  const path = fileURLToPath(new URL('../../docs/reference/conformance.md', import.meta.url));
  return await format(parts.join('\n\n'), { ...(await resolveConfig(path)), filepath: path });
}

const INTRODUCTION = `The rules of \`@llem/testkit/conformance\`, each of which is a test in the suite of a plugin. A rule that the suite
cannot ask is left out, and it says what it would have to know. [Plugins](../plugins.md#write-your-own) shows how to run it.`;
