// Packs packages, and reads what is in the tarballs.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createPackageFromTarballData } from '@arethetypeswrong/core';
import { npm, withoutSecrets } from './command.mjs';
import { ReleaseError } from './error.mjs';

/**
 * A package as it would be published.
 * @typedef {object} Tarball
 * @property {string} path of the file
 * @property {Uint8Array} data its bytes
 * @property {number} unpackedBytes
 * @property {any} manifest its package.json
 * @property {ReadonlyMap<string, string>} files text of each file by its path in the package, with slashes
 */

/** Packs packages (folders with a package.json) into `folder`, with npm, in the same order: `Tarball[]`. */
export function pack(folders, folder) {
  return packed(folders, { cwd: folder, folder });
}

/** Gets packages (`name@version`) from the registry that npm goes by in `root`, into `folder`, in the same order: `Tarball[]`. */
export function packPublished(specs, { root, folder }) {
  return packed([...specs, '--prefer-online'], { cwd: root, folder });
}

async function packed(what, { cwd, folder }) {
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder, ...what];
  const { code, stdout, stderr } = await npm(args, { cwd });
  if (code !== 0) {
    throw new ReleaseError(
      `npm could not pack the packages: ${withoutSecrets(stderr).trim()}`,
      'Correct what npm says.',
    );
  }
  return JSON.parse(stdout).map(({ filename, unpackedSize }) =>
    readTarball(join(folder, filename), unpackedSize),
  );
}

function readTarball(path, unpackedBytes) {
  const data = new Uint8Array(readFileSync(path));
  const content = createPackageFromTarballData(data);
  const root = `/node_modules/${content.packageName}/`;
  const files = new Map(content.listFiles().map((file) => [file.slice(root.length), content.readFile(file)]));
  return { path, data, unpackedBytes, manifest: JSON.parse(files.get('package.json')), files };
}
