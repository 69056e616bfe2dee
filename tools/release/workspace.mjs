// The packages of a checkout that are published.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What another package must be there for: everything that npm installs with a package. */
const NEEDED = ['dependencies', 'optionalDependencies', 'peerDependencies'];

/** Ranges of what npm installs with a package, by name. */
export const rangesOf = (manifest) => Object.assign({}, ...NEEDED.map((field) => manifest[field]));

/** `{ folder, manifest }` of each package that is not private, those first that others depend on. */
export function publicPackages(root) {
  const all = readdirSync(join(root, 'packages')).map((name) => {
    const folder = join(root, 'packages', name);
    return { folder, manifest: JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) };
  });
  const byName = new Map(
    all.filter(({ manifest }) => !manifest.private).map((one) => [one.manifest.name, one]),
  );
  const ordered = new Set();
  const add = (one, above) => {
    if (above.includes(one)) throw new Error(`packages depend on each other: ${one.manifest.name}`);
    for (const name of Object.keys(rangesOf(one.manifest))) {
      if (byName.has(name)) add(byName.get(name), [...above, one]);
    }
    ordered.add(one);
  };
  for (const one of byName.values()) add(one, []);
  return [...ordered];
}
