// What every tarball must hold before anything is published: one file a check, in checks/.
import { checkCommands } from './checks/commands.mjs';
import { checkDependencies } from './checks/dependencies.mjs';
import { checkImports } from './checks/imports.mjs';
import { checkLicence } from './checks/licence.mjs';
import { checkMachinePaths } from './checks/machine-paths.mjs';
import { checkPackageJson } from './checks/package-json.mjs';
import { checkPluginSection } from './checks/plugin-section.mjs';
import { checkScripts } from './checks/scripts.mjs';
import { checkSize } from './checks/size.mjs';
import { checkStrayFiles } from './checks/stray-files.mjs';
import { checkTypes } from './checks/types.mjs';

/**
 * Each is given a Tarball and the release, `{ root, tarballs, contractVersion, licence }`, and gives sentences on what is wrong,
 * or a promise of them.
 */
export const CHECKS = {
  'stray-files': checkStrayFiles,
  'machine-paths': checkMachinePaths,
  licence: checkLicence,
  'package-json': checkPackageJson,
  types: checkTypes,
  scripts: checkScripts,
  commands: checkCommands,
  'plugin-section': checkPluginSection,
  dependencies: checkDependencies,
  imports: checkImports,
  size: checkSize,
};

/** What is wrong with a tarball: `{ check, problem }[]`. */
export async function problemsOf(tarball, release) {
  const found = await Promise.all(
    Object.entries(CHECKS).map(async ([check, find]) =>
      (await find(tarball, release)).map((problem) => ({ check, problem })),
    ),
  );
  return found.flat();
}
