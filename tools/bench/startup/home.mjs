// The folders of a user who has installed plugins, as `llem plugins install` leaves them: the list in package.json, each package below
// node_modules with a backend of its own.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A backend that is found, offered to a study and never used. It imports nothing: what a library costs is that library's. */
const MODULE = `
export const options = { jsonSchema: { type: 'object', properties: {} }, parse: (value) => ({ ok: true, value }) };
export const create = () => ({});
`;

const INDEX = "export { options } from './backend.js';\n";

/** Writes them below `folder` and returns the environment in which llem finds them. */
export function writeHome(folder, pluginCount) {
  const env = Object.fromEntries(
    ['CONFIG', 'DATA', 'CACHE'].map((name) => [`XDG_${name}_HOME`, join(folder, name.toLowerCase())]),
  );
  const data = join(env.XDG_DATA_HOME, 'llem');
  const names = Array.from({ length: pluginCount }, (_, nth) => `llem-backend-engine-${nth + 1}`);
  for (const [nth, name] of names.entries()) {
    const files = pluginFiles(name, `engine-${nth + 1}`);
    for (const [path, text] of Object.entries(files)) write(join(data, 'node_modules', name, path), text);
  }
  const list = {
    private: true,
    oclif: { schema: 1, plugins: names.map((name) => ({ name, tag: 'latest', type: 'user' })) },
    dependencies: Object.fromEntries(names.map((name) => [name, '^1.0.0'])),
  };
  write(join(data, 'package.json'), JSON.stringify(list, null, 2));
  return env;
}

function pluginFiles(name, id) {
  const pjson = {
    name,
    version: '1.2.3',
    description: `The engine ${id} for llem.`,
    license: 'MIT',
    type: 'module',
    exports: { '.': './dist/index.js', './package.json': './package.json' },
    files: ['dist'],
    oclif: {},
    llem: { contract: '^1.0.0', provides: [{ kind: 'backend', id, module: './dist/backend.js' }] },
    dependencies: { '@llem/core': '^0.1.0', zod: '^4.0.0' },
  };
  return {
    'package.json': JSON.stringify(pjson, null, 2),
    'dist/index.js': INDEX,
    'dist/backend.js': MODULE,
  };
}

function write(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
