// What the registry has of a release already is what its commit builds. Where it is not, something was changed without a version of its
// own: what is published beside it is checked against code that nobody would get.
import { isDeepStrictEqual } from 'node:util';
import { ReleaseError } from './error.mjs';
import { packPublished } from './pack.mjs';

/** What users run and what others compile against; the words around it may change. */
const CODE = /\.([cm]?js|d\.[cm]?ts|json)$/;
/** Of package.json what npm, Node.js and llem go by. */
const FIELDS = [
  'type',
  'engines',
  'bin',
  'exports',
  'llem',
  'dependencies',
  'optionalDependencies',
  'peerDependencies',
];

/** Holds tarballs against those that the registry has of the same versions, which are put into `folder`. */
export async function refuseChangedVersions(tarballs, { root, folder }) {
  if (tarballs.length === 0) return;
  const published = await packPublished(
    tarballs.map(({ manifest }) => `${manifest.name}@${manifest.version}`),
    { root, folder },
  );
  const lines = tarballs.flatMap((tarball, index) => {
    const [first, ...more] = differences(tarball, published[index]);
    if (first === undefined) return [];
    const { name, version } = tarball.manifest;
    return [`  ${name} ${version}: ${first}${more.length > 0 ? ` and ${more.length} more` : ''}`];
  });
  if (lines.length === 0) return;
  throw new ReleaseError(
    `nothing was published; what the registry has of these versions is not what this commit builds:\n${lines.join('\n')}`,
    'Give each another version: `npm run changeset`, `npm run release:version`, and commit.',
  );
}

/** Paths of the files that differ. */
export function differences(one, other) {
  const paths = new Set([...one.files.keys(), ...other.files.keys()].filter((path) => CODE.test(path)));
  paths.delete('package.json');
  const differing = [...paths].filter((path) => one.files.get(path) !== other.files.get(path));
  return FIELDS.every((field) => isDeepStrictEqual(one.manifest[field], other.manifest[field]))
    ? differing
    : ['package.json', ...differing];
}
