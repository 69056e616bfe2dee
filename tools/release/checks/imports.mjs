// Whether everything that a package imports is installed with it, and is there.
import { isBuiltin } from 'node:module';
import { posix } from 'node:path';
import ts from 'typescript';
import { rangesOf } from '../workspace.mjs';

export function checkImports({ files, manifest }, { tarballs }) {
  const known = new Set([manifest.name, ...Object.keys(rangesOf(manifest))]);
  const released = new Map(tarballs.map((one) => [one.manifest.name, one.manifest]));
  const problems = new Set();
  for (const [file, specifier] of importsOf(files)) {
    if (isBuiltin(specifier)) continue;
    if (specifier.startsWith('.')) {
      if (!isThere(files, file, specifier)) problems.add(`${file} imports ${specifier}, which is not there`);
      continue;
    }
    const name = /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;
    const entry = `.${specifier.slice(name.length)}`;
    if (!known.has(name)) problems.add(`${file} imports ${name}, which is not among its dependencies`);
    else if (released.has(name) && !(entry in released.get(name).exports)) {
      problems.add(`${file} imports ${specifier}, which ${name} does not export`);
    }
  }
  return [...problems];
}

/** Path of each file of code and what it imports, of types as well. Templates are the code of others. */
function* importsOf(files) {
  for (const [file, text] of files) {
    if (!/\.([cm]?js|d\.[cm]?ts)$/.test(file) || file.startsWith('templates/')) continue;
    for (const { fileName } of ts.preProcessFile(text, true, true).importedFiles) yield [file, fileName];
  }
}

/** Types are imported by the name of the module that they describe. */
function isThere(files, from, specifier) {
  const path = posix.join(posix.dirname(from), specifier);
  if (!/\.d\.[cm]?ts$/.test(from)) return files.has(path);
  return files.has(path.replace(/\.([cm]?)js$/, '.d.$1ts'));
}
