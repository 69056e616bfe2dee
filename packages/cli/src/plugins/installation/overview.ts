/** Every plugin that llem has, with where it is from, what it provides and what is wrong with it. */
import { CONTRACT_VERSION, pluginManifestSchema } from '@llem/core';
import { grid } from '../../terminal/grid.js';
import { hang, WIDTH } from '../../terminal/text.js';
import type { Discovery, InstalledPackage, Source } from '../discovery.js';
import { currentFolder } from '../store/generations.js';
import { readStore, type PluginEntry } from '../store/plugin-list.js';
import { withoutSecrets } from './npm-failure.js';
import { plain } from './plain.js';

export interface PluginOverview {
  readonly name: string;
  /** Null where its package cannot be found. */
  readonly version: string | null;
  readonly source: Source;
  /** For people: a tag of the registry, an address, a folder. */
  readonly from: string;
  /** As its package.json has it; null where it says none. */
  readonly contract: string | null;
  /** What of it is used. */
  readonly provides: readonly { readonly kind: string; readonly id: string }[];
  readonly problems: readonly { readonly message: string; readonly remedy: string }[];
}

export async function overviewOf(
  dataDir: string,
  packages: readonly InstalledPackage[],
  discovery: Discovery,
): Promise<PluginOverview[]> {
  const { plugins } = (await readStore(await currentFolder(dataDir))).oclif;
  const known = new Map(packages.filter((one) => one.manifest !== undefined).map((one) => [one.name, one]));
  const lost = plugins.filter(({ name }) => !packages.some((one) => one.name === name));
  return [
    ...[...known.values()].map((one) => {
      const entry = plugins.find(({ name }) => name === one.name);
      return {
        name: one.name,
        version: one.version,
        source: one.source,
        from: fromText(one.source, entry, one.root),
        contract: pluginManifestSchema.safeParse(one.manifest).data?.contract ?? null,
        provides: discovery.provided
          .filter((provided) => provided.package === one.name)
          .map(({ kind, id }) => ({ kind, id })),
        problems: discovery.problems
          .filter((problem) => problem.package === one.name)
          .map(({ message, remedy }) => ({ message, remedy })),
      };
    }),
    ...lost.map((entry) => ({
      name: entry.name,
      version: null,
      source: entry.type,
      from: fromText(entry.type, entry, ''),
      contract: null,
      provides: [],
      problems: [
        {
          message: `The plugin ${entry.name} is not used: ${entry.type === 'link' ? 'there is no plugin in its folder any more' : 'its files are gone'}.`,
          remedy:
            entry.type === 'link'
              ? `Link it again from where it is now, or take the link back: \`llem plugins uninstall ${entry.name}\`.`
              : `Install it again: \`llem plugins install ${entry.name}\`.`,
        },
      ],
    })),
  ];
}

function fromText(source: Source, entry: PluginEntry | undefined, root: string): string {
  if (source === 'core') return 'comes with llem';
  if (source === 'workspace') return 'this checkout';
  if (entry?.type === 'link') return `linked: ${entry.root}`;
  if (source === 'link') return `linked: ${root}`;
  const url: unknown = entry?.['url'];
  const tag: unknown = entry?.['tag'];
  if (typeof url === 'string') return withoutSecrets(url.replace(/^file:/, ''));
  return `registry, ${typeof tag === 'string' ? tag : 'latest'}`;
}

export function overviewTable(overview: readonly PluginOverview[]): string {
  const rows = overview.map((one) => [
    plain(one.name, 60),
    plain(one.version ?? '', 20),
    plain(one.provides.map(({ kind, id }) => `${kind} ${id}`).join(', ') || 'nothing', 200),
    plain(one.contract ?? '', 20),
    plain(one.from, 200),
  ]);
  const columns = [
    { title: 'plugin' },
    { title: 'version' },
    { title: 'provides', width: 26 },
    { title: 'contract' },
    { title: 'from', width: 30 },
  ];
  const contract = `This llem has contract ${CONTRACT_VERSION}.`;
  return overview.length === 0 ? 'There are no plugins.' : `${grid(columns, rows)}\n\n${contract}`;
}

/** Each problem with what to do; empty when all is well. */
export function overviewProblems(overview: readonly PluginOverview[]): string {
  return overview
    .flatMap(({ problems }) => problems)
    .map(({ message, remedy }) => hang(`warning: ${plain(message)}\n  what to do: ${plain(remedy)}`, WIDTH))
    .join('\n');
}
