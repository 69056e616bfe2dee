// Publishes what a registry lacks, in an order in which everything that is there can be installed.
import { ReleaseError } from './error.mjs';
import { publish } from './registry.mjs';

/**
 * Publishes tarballs one after the other; the first that fails ends it, and a further release goes on there.
 * @param {readonly import('./pack.mjs').Tarball[]} tarballs those first that others depend on
 */
export async function publishAll(tarballs, { tag, isSigned, root, say }) {
  for (const [index, tarball] of tarballs.entries()) {
    const { name, version } = tarball.manifest;
    try {
      await publish(tarball, { tag, isSigned, root });
    } catch (error) {
      const left = tarballs.slice(index).map(({ manifest }) => manifest.name);
      throw new ReleaseError(
        `${name} ${version} was not published: ${error.message}\n  not published: ${left.join(', ')}`,
        'Put that right and run the same command again: it publishes what is not there yet.',
      );
    }
    say(`  + ${name} ${version}`);
  }
}

/** npm gives `latest` to whatever is published; a version before its release is not what users are to get. */
export function refusePrereleaseAsLatest(packages, tag) {
  const early = packages.filter(({ manifest }) => tag === 'latest' && manifest.version.includes('-'));
  if (early.length === 0) return;
  throw new ReleaseError(
    `${early.map(({ manifest }) => `${manifest.name} ${manifest.version}`).join(', ')} would be what users get by default`,
    'Name another tag: `npm run release -- --tag next`.',
  );
}
