// Whether the types of every entry are found, and say of a module what it is. Packages are ES modules and nothing else: what
// require() or old ways to resolve would find does not matter.
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { problemKindInfo } from '@arethetypeswrong/core/problems';

const MATTERS = { node10: false, 'node16-cjs': false, 'node16-esm': true, bundler: true };

export async function checkTypes({ data }) {
  const result = await checkPackage(createPackageFromTarballData(data));
  if (!result.types) return ['it has no types'];
  const matters = ({ resolutionKind, resolutionOption }) =>
    MATTERS[resolutionKind ?? resolutionOption] ?? true;
  return result.problems.filter(matters).map((problem) => {
    const where = problem.entrypoint ?? problem.fileName ?? 'a file';
    return `${where}: ${problemKindInfo[problem.kind].shortDescription}`;
  });
}
