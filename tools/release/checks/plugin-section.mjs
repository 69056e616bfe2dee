// The `llem` section, by which a plugin is found.
import semver from 'semver';

export function checkPluginSection({ files, manifest }, { contractVersion }) {
  const { llem } = manifest;
  if (llem === undefined) return [];
  const problems = llem.provides.flatMap(({ kind, id, module }) =>
    files.has(module.replace(/^\.\//, '')) ? [] : [`${module} of its ${kind} "${id}" is not there`],
  );
  if (!semver.satisfies(contractVersion, llem.contract)) {
    problems.push(
      `it is written for contract ${llem.contract}, and this release has contract ${contractVersion}`,
    );
  }
  if (manifest.oclif === undefined) {
    problems.push('package.json has no "oclif", by which llem finds what comes with it');
  }
  return problems;
}
