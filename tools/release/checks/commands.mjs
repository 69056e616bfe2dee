// The manifest from which oclif knows commands without importing them: there, of this version, and complete.

export function checkCommands({ files, manifest }) {
  const target = manifest.oclif?.commands?.target;
  if (target === undefined) return [];
  const text = files.get('oclif.manifest.json');
  if (text === undefined) return ['oclif.manifest.json is missing'];
  const { version, commands } = JSON.parse(text);
  const problems = [];
  if (version !== manifest.version) {
    problems.push(`oclif.manifest.json is of version ${version}, the package of ${manifest.version}`);
  }
  const folder = `${target.replace(/^\.\//, '')}/`;
  const modules = [...files.keys()].filter((file) => file.startsWith(folder) && file.endsWith('.js'));
  const ids = modules.map((file) => commandId(file.slice(folder.length)));
  const listed = Object.keys(commands);
  for (const id of ids.filter((one) => !listed.includes(one))) {
    problems.push(`oclif.manifest.json does not have the command ${id}`);
  }
  for (const id of listed.filter((one) => !ids.includes(one))) {
    problems.push(`oclif.manifest.json has the command ${id}, which is not there`);
  }
  return problems;
}

/** As oclif makes it of a file's path: `results/show.js` is `results:show`, and an index is its folder. */
const commandId = (file) =>
  file
    .replace(/\.js$/, '')
    .replace(/(^|\/)index$/, '')
    .replaceAll('/', ':');
