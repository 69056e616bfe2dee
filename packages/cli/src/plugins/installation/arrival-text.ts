/** What a package brings, as it is shown before it is put in place. Pure. */
import { CONTRACT_VERSION, readPluginManifest } from '@llem/core/plugin-manifest';
import { hang, WIDTH } from '../../terminal/text.js';
import type { Accepted } from './acceptance.js';
import type { Arrival } from './arrival.js';
import { withoutSecrets } from './npm-failure.js';
import { plain } from './plain.js';

export interface ArrivalView {
  readonly arrival: Arrival;
  readonly accepted: Accepted;
  /** What npm was told. */
  readonly spec: string;
  /** The version that it takes the place of. */
  readonly replaces: string | null;
  readonly scriptsWillRun: boolean;
}

export function arrivalText({ arrival, accepted, spec, replaces, scriptsWillRun }: ArrivalView): string {
  const { name, version, manifest } = arrival.package;
  const read = readPluginManifest(manifest);
  const contract = read.ok ? read.value.contract : '';
  const provides = accepted.provided.map(({ kind, id }) => plain(`${kind} ${id}`, 80)).join(', ');
  const rows: [string, string][] = [
    ['provides', provides],
    ...accepted.notUsed.map((message): [string, string] => ['not used', message]),
    ['contract', plain(`${contract}, which this llem fits: ${CONTRACT_VERSION}`, 80)],
    ...(arrival.otherNode === null
      ? []
      : [['Node.js', plain(arrival.otherNode, 120)] satisfies [string, string]]),
    ['from', fromText(arrival.resolved, spec)],
    ['scripts', scriptsText(arrival, scriptsWillRun)],
    ['size', `${sizeText(arrival.bytes)} in ${arrival.packages} package${arrival.packages === 1 ? '' : 's'}`],
    ...(replaces === null ? [] : [['replaces', replacesText(replaces, version)] satisfies [string, string]]),
  ];
  const description = plain(arrival.description, 200);
  return [
    plain(`${name} ${version}`),
    ...(description === '' ? [] : [hang(`  ${description}`, WIDTH)]),
    ...rows.map(([title, text]) => hang(`  ${title.padEnd(8)}  ${text}`, WIDTH)),
  ].join('\n');
}

function replacesText(before: string, version: string): string {
  return before === version ? 'the same version, which is there already' : plain(before, 80);
}

/** A registry is told by its host: the whole URL of a tarball says no more. */
function fromText(resolved: string | null, spec: string): string {
  // npm has paths relative to where it installs.
  if (resolved === null || resolved.startsWith('file:')) return plain(spec.replace(/^file:/, ''), 200);
  const registry = /^(https?:\/\/[^/]+)\/(?:.*\/)?-\//.exec(resolved)?.[1];
  const text = registry === undefined ? resolved : `the registry ${registry}`;
  return plain(withoutSecrets(text), 200);
}

function scriptsText({ scripts }: Arrival, willRun: boolean): string {
  if (scripts.length === 0) return 'none that run at installation';
  const names = scripts.map(({ name, version }) => plain(`${name} ${version}`, 80)).join(', ');
  return willRun
    ? `those of ${names} are run next`
    : `those of ${names} are not run (--allow-scripts runs them)`;
}

/** `12.3 MB` */
export function sizeText(bytes: number): string {
  if (bytes < 1_000_000) return `${Math.max(1, Math.round(bytes / 1_000))} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
