/** What a start loads: each of these libraries takes a tenth of what a person notices, and is needed by other commands alone. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { workplace, type Workplace } from './llem.js';

let place: Workplace;
beforeEach(async () => {
  place = await workplace();
});
afterEach(() => place.remove());

/** A module of Node's hooks, which writes down what is loaded. */
const RECORDER = `
import { appendFileSync } from 'node:fs';
let file;
export const initialize = (data) => { file = data; };
export const load = async (url, context, next) => {
  appendFileSync(file, url + '\\n');
  return next(url, context);
};
`;

/** Runs a command and returns its answer, and the ES modules and entries of CommonJS packages that it loaded. */
async function loadedBy(command: string) {
  const [recorder, preload, list] = ['recorder.mjs', 'preload.mjs', 'loaded.txt'].map((name) =>
    join(place.dir, name),
  );
  if (recorder === undefined || preload === undefined || list === undefined) throw new Error('three names');
  await writeFile(recorder, RECORDER);
  await writeFile(
    preload,
    `import { register } from 'node:module';\nregister('./recorder.mjs', { parentURL: import.meta.url, data: ${JSON.stringify(list)} });\n`,
  );
  place.env['NODE_OPTIONS'] = `--import=${preload}`;
  const { code, stdout } = await place.llem(command.split(' '));
  expect(code).toBe(0);
  return { stdout, modules: (await readFile(list, 'utf8')).trim().split('\n') };
}

/** Of the modules, those of packages that only a study, a plugin or an error needs. */
const heavy = (modules: readonly string[]) =>
  modules.filter((url) =>
    /node_modules\/(zod|yaml|tsyringe|reflect-metadata|string-width|cli-table3|@oclif\/core\/lib\/index\.js)\b|packages\/(?!cli|core)|core\/dist\/index\.js|composition/.test(
      url,
    ),
  );

it.each(['catalog', 'catalog --json', '--help', 'run --help'])(
  'llem %s loads neither zod, nor a plugin, nor what runs studies',
  async (command) => {
    const { modules } = await loadedBy(command);
    expect(modules.some((url) => url.endsWith('/cli/dist/main.js'))).toBe(true);
    expect(heavy(modules)).toEqual([]);
  },
);

it('llem plan loads them, so that the list above says something', async () => {
  await writeFile(join(place.dir, 'study.yaml'), 'name: start\nmodel: llem/tiny-1m\nbackend: llamacpp\n');
  const { modules } = await loadedBy('plan study.yaml');
  const found = heavy(modules).join('\n');
  for (const part of ['zod', 'yaml', 'tsyringe', 'packages/study', 'packages/backend-llamacpp'])
    expect(found).toContain(part);
});
