/** The options of engines, a page for each backend that sorts its own under headings. */
import { MARK } from './mark.mjs';
import { settingsTable } from './settings.mjs';

/** docs/reference/engines/<id>.md of every such backend: generators by path. */
export function enginePages(plugins) {
  return Object.fromEntries(
    plugins.filter(hasOwnPage).map((plugin) => [enginePath(plugin), () => enginePage(plugin)]),
  );
}

/** True for a backend whose options have headings. */
export const hasOwnPage = ({ kind, options }) =>
  kind === 'backend' && Object.values(options.jsonSchema.properties).some((schema) => schema['x-group']);

export const enginePath = ({ id }) => `docs/reference/engines/${id}.md`;

function enginePage({ id, packageName, options }) {
  const { description, properties } = options.jsonSchema;
  const groups = new Map();
  for (const [name, schema] of Object.entries(properties)) {
    const group = schema['x-group'] ?? 'The backend';
    groups.set(group, { ...groups.get(group), [name]: schema });
  }
  const parts = [
    MARK,
    `# Options of ${id}`,
    `Package \`${packageName}\`. ${description}`,
    `They stand under \`${id}:\` in a study, and each can be swept, the keys of a mapping too: \`${id}.option.key\`. One that is left out is not passed, so that the engine's own default holds. [How it is started, and what to look out for](../../engines/${id}.md).`,
    ...[...groups].flatMap(([group, settings]) => [
      `## ${group}`,
      settingsTable({ properties: settings }, id, { mappings: true }),
    ]),
  ];
  return `${parts.join('\n\n')}\n`;
}
