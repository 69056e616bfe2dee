/** Every plugin that llem has, with where it is from, what it provides and what is wrong with it. */
import { CONTRACT_VERSION, readPluginManifest } from '@llem/core/plugin-manifest';
import { grid } from '../../terminal/grid.js';
import { hang, WIDTH } from '../../terminal/text.js';
import { isAdded, type Discovery, type InstalledPackage, type Source } from '../discovery.js';
import { FROM, unusedKind } from '../listing.js';
import { currentFolder } from '../store/current.js';
import { EMPTY_STORE, readStore, type PluginEntry } from '../store/plugin-list.js';
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
}

export async function overviewOf(
  dataDir: string,
  packages: readonly InstalledPackage[],
  { provided }: Discovery,
): Promise<PluginOverview[]> {
  // Who sees the list is told of one that cannot be read by the problems.
  const { plugins } = await readStore(await currentFolder(dataDir)).catch(() => EMPTY_STORE);
  const usedOf = ({ name, source }: InstalledPackage) =>
    provided.filter((one) => one.package === name && one.source === source);
  const byName = [...packages].sort((one, other) => one.name.localeCompare(other.name));
  const own = byName.filter((one) => one.manifest !== undefined && !isAdded(one));
  // A checkout has what comes with llem once more, and what is added takes the place of it: shown is the one that is used.
  const isShown = (one: InstalledPackage) => {
    if (usedOf(one).length > 0) return true;
    const same = packages.filter(({ name }) => name === one.name);
    return own.find(({ name }) => name === one.name) === one && !same.some((each) => usedOf(each).length > 0);
  };
  const lost = plugins.filter(({ name }) => !packages.some((one) => one.name === name && isAdded(one)));
  return [
    ...[...own.filter(isShown), ...byName.filter(isAdded)].map((one): PluginOverview => ({
      name: one.name,
      version: one.version,
      source: one.source,
      from: fromText(
        one.source,
        plugins.find(({ name }) => name === one.name),
        one.root,
      ),
      contract: contractOf(one.manifest),
      provides: usedOf(one).map(({ kind, id }) => ({ kind, id })),
    })),
    ...lost.map((entry): PluginOverview => ({
      name: entry.name,
      version: null,
      source: entry.type,
      from: fromText(entry.type, entry, ''),
      contract: null,
      provides: [],
    })),
  ];
}

function contractOf(manifest: unknown): string | null {
  const read = readPluginManifest(manifest);
  return read.ok ? read.value.contract : null;
}

function fromText(source: Source, entry: PluginEntry | undefined, root: string): string {
  if (source === 'core' || source === 'workspace') return FROM[source];
  if (entry?.type === 'link') return `linked: ${entry.root}`;
  if (source === 'link') return `linked: ${root}`;
  const origin = entry?.origin ?? { tag: 'latest' };
  return 'url' in origin ? withoutSecrets(origin.url.replace(/^file:/, '')) : `registry, ${origin.tag}`;
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

/** What the table shows, what is wrong, and of which kinds llem has no use; as `llem catalog` has it. */
export function overviewJson(
  plugins: readonly PluginOverview[],
  { problems, unknown }: Pick<Discovery, 'problems' | 'unknown'>,
): object {
  return { plugins, problems, unknown };
}

/** Each problem with what to do, and what is of a kind without use; empty when all is well. */
export function problemsText({ problems, unknown }: Discovery): string {
  return [
    ...problems.map(({ message, remedy }) => `warning: ${plain(message)}\n  what to do: ${plain(remedy)}`),
    ...unknown.map((one) => `note: ${plain(unusedKind(one))}`),
  ]
    .map((text) => hang(text, WIDTH))
    .join('\n');
}
