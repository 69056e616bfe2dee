/** The reference of the study file, and the JSON Schema that editors read. */
import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { experimentSettingsSchema, studySettingsSchema, toJsonSchema } from '@llem/core';
import { loadStudy, studyJsonSchema } from '@llem/study';
import { enginePath, hasOwnPage } from './engines.mjs';
import { MARK } from './mark.mjs';
import { optionsOf } from './plugins.mjs';
import { settingsTable } from './settings.mjs';

/** docs/reference/study.md */
export async function studyPage(plugins) {
  const grammar = await readFile(new URL('./study-grammar.md', import.meta.url), 'utf8');
  checkExamples(grammar, {
    backends: optionsOf(plugins, 'backend'),
    datasets: optionsOf(plugins, 'dataset'),
  });
  const study = toJsonSchema(studySettingsSchema);
  const experiment = toJsonSchema(experimentSettingsSchema);
  const parts = [
    MARK,
    grammar.trim(),
    '## Settings of an experiment',
    'All of them may be swept and may differ between `experiments`.',
    ...sections(experiment),
    '## Settings of the study as a whole',
    'None of them may be swept or stand in an entry of `experiments`.',
    ...sections(study),
    ...pluginParts(plugins, 'backend', 'Sections of the backends', ({ id }) => id),
    ...pluginParts(plugins, 'runner', 'Options of the runners', () => ''),
    ...pluginParts(plugins, 'dataset', 'Options of the data sets', () => 'workload.dataset'),
    ...pluginParts(plugins, 'meter', 'Options of the meters', () => ''),
  ];
  return `${parts.join('\n\n')}\n`;
}

/** What the examples name. */
const EXAMPLE_ENVIRONMENT = { MODELS: '/models', API_KEY: 'a key' };

/** Reads the examples of a page as studies; throws what is wrong with the first that is none. */
function checkExamples(markdown, catalog) {
  for (const [, text] of markdown.matchAll(/^```yaml\n(.*?)^```/gms)) {
    loadStudy({ text, path: 'example in tools/docs/study-grammar.md' }, catalog, EXAMPLE_ENVIRONMENT);
  }
}

/** A table of what stands at the top, then one for every section. */
function sections(schema) {
  const entries = Object.entries(schema.properties);
  const single = entries.filter(([, inner]) => inner.properties === undefined);
  const nested = entries.filter(([, inner]) => inner.properties !== undefined);
  return [
    settingsTable({ properties: Object.fromEntries(single) }, ''),
    ...nested.flatMap(([key, inner]) => [
      `### ${key}`,
      ...(inner.description === undefined ? [] : [inner.description]),
      settingsTable(inner, key),
    ]),
  ];
}

function pluginParts(plugins, kind, title, prefixOf) {
  const own = plugins.filter((plugin) => plugin.kind === kind);
  if (own.length === 0) return [];
  return [
    `## ${title}`,
    ...own.flatMap((plugin) => {
      const { id, packageName, options } = plugin;
      const description = options.jsonSchema.description;
      return [
        `### ${id}`,
        `Package \`${packageName}\`.${description === undefined ? '' : ` ${description}`}`,
        hasOwnPage(plugin)
          ? `Its options have [a page of their own](${relative('docs/reference', enginePath(plugin))}).`
          : settingsTable(options.jsonSchema, prefixOf(plugin)),
      ];
    }),
  ];
}

/** docs/reference/study.schema.json, with the sections of the backends of this repository. */
export function studySchemaFile(plugins) {
  const schema = studyJsonSchema({ backends: optionsOf(plugins, 'backend') });
  return `${JSON.stringify(schema, null, 2)}\n`;
}
