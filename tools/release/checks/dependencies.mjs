// What a package depends on: that of llem's own the versions that are released with it, and only what a registry has.
import semver from 'semver';
import { rangesOf } from '../workspace.mjs';

export function checkDependencies({ manifest }, { tarballs }) {
  const versions = new Map(tarballs.map((one) => [one.manifest.name, one.manifest.version]));
  const problems = Object.entries(rangesOf(manifest)).flatMap(([name, range]) => {
    if (!semver.validRange(range)) return [`it depends on ${name} as "${range}", which no registry has`];
    if (!name.startsWith('@llem/')) return [];
    const version = versions.get(name);
    if (version === undefined) return [`it depends on ${name}, which is not published`];
    if (semver.satisfies(version, range)) return [];
    return [`it depends on ${name} ${range}, and ${version} is released`];
  });
  // Two plugins with peers of different versions cannot be installed beside each other.
  const peers = Object.keys(manifest.peerDependencies ?? {}).filter((name) => name.startsWith('@llem/'));
  return [...problems, ...peers.map((name) => `${name} is a peer dependency; make it a plain one`)];
}
