// The licence, as text and by name, and a word on what the package is.

export function checkLicence({ files, manifest }, { licence }) {
  const problems = [];
  if (files.get('LICENSE') !== licence) problems.push("LICENSE is missing or not the repository's");
  if (!manifest.license) problems.push('package.json has no "license"');
  const readme = files.get('README.md') ?? '';
  if (!readme.includes(manifest.name)) {
    problems.push(`README.md is missing or does not tell that it is about ${manifest.name}`);
  }
  return problems;
}
