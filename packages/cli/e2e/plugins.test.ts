/** Plugins that a user has linked: found, isolated when they are bad, and free of our own copies of anything. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import { linkMadePlugins, linkPlugins, SHORT_STUDY, workplace, type Workplace } from './llem.js';

let place: Workplace;
beforeEach(async () => {
  place = await workplace();
});
afterEach(() => place.remove());

const provides = (module: string) => [{ kind: 'backend', id: 'toy', module }];
/** No import of anything: a plugin is recognised by its shape alone. */
const TOY = `
export const options = {
  jsonSchema: { type: 'object', properties: { speed: { type: 'integer', default: 1, description: 'How fast.' } } },
  parse: (input) => ({ ok: true, value: { speed: 1, ...input } }),
};
const unused = () => { throw new Error('not in a plan'); };
export const create = () => ({
  computesOn: 'cpu',
  constraints: (experiment) =>
    experiment.options.speed > 9 ? [{ path: 'toy.speed', message: 'at most 9' }] : [],
  prepare: unused, service: unused, dialect: unused, describe: unused, checks: () => [], diagnose: () => null,
});
`;

const diagnosisSchema = z.object({
  examined: z.array(z.object({ subject: z.string(), findings: z.array(z.unknown()) })),
});

it('finds a linked plugin, shows its options and plans with it', async () => {
  await linkMadePlugins(place, {
    'toy-plugin': { llem: { contract: '^1.0.0', provides: provides('./toy.js') }, files: { 'toy.js': TOY } },
  });
  const catalog = await place.llem(['catalog']);
  expect(catalog.stdout).toMatch(/^backend {2}toy +toy-plugin 2\.0\.0 +linked$/m);
  expect((await place.llem(['catalog', 'toy'])).stdout).toContain('speed  integer, default 1');
  await writeFile(
    join(place.dir, 'study.yaml'),
    `${SHORT_STUDY.replace('backend: llamacpp', 'backend: toy')}sweep: { toy.speed: [1, 10] }\n`,
  );
  const plan = await place.llem(['plan', 'study.yaml']);
  expect(plan.code).toBe(0);
  expect(plan.stdout).toContain('1 experiment, 1 cycle, 1 run');
  expect(plan.stdout).toMatch(/Skipped: 1 point\n.*\n {4}toy\.speed: at most 9/);
});

it('says so when a plugin never answers and nothing else is left to do', async () => {
  const silent = TOY.replace('prepare: unused', 'prepare: () => new Promise(() => undefined)');
  await linkMadePlugins(place, {
    'toy-plugin': {
      llem: { contract: '^1.0.0', provides: provides('./toy.js') },
      files: { 'toy.js': silent },
    },
  });
  await writeFile(join(place.dir, 'study.yaml'), SHORT_STUDY.replace('backend: llamacpp', 'backend: toy'));
  const { code, stderr } = await place.llem(['run', 'study.yaml']);
  expect(code).toBe(1);
  expect(stderr).toContain('error: The command waits for something that can no longer happen.');
  expect(stderr).toMatch(/^ {2}what to do: \S/m);
});

it('puts right with doctor --fix what a linked plugin can put right, and looks again', async () => {
  const mended = TOY.replace(
    'checks: () => []',
    `checks: () => [{
      id: 'toy.file',
      title: 'Its file',
      run: async () => existsSync(FILE)
        ? { status: 'ok', message: 'It is there.', remedy: '' }
        : { status: 'failed', message: 'It is missing.', remedy: 'Write it.' },
      fix: async () => {
        writeFileSync(FILE, '');
        return 'The file was written.';
      },
    }]`,
  );
  const head = `import { existsSync, writeFileSync } from 'node:fs';
const FILE = new URL('file', import.meta.url);`;
  await linkMadePlugins(place, {
    'toy-plugin': {
      llem: { contract: '^1.0.0', provides: provides('./toy.js') },
      files: { 'toy.js': `${head}${mended}` },
    },
  });
  const looked = await place.llem(['doctor']);
  expect(looked.stdout).toContain('failed   Its file: It is missing.');
  expect(looked.stdout).toContain('what to do: Write it. Or have it done: llem doctor --fix');
  const fixed = await place.llem(['doctor', '--fix', '--json']);
  expect(fixed.code).toBe(0);
  const { examined } = diagnosisSchema.parse(JSON.parse(fixed.stdout));
  expect(examined.find(({ subject }) => subject === 'backend toy')?.findings).toEqual([
    {
      id: 'toy.file',
      title: 'Its file',
      status: 'ok',
      message: 'It is there.',
      remedy: '',
      done: 'The file was written.',
    },
  ]);
});

it('takes a linked plugin whose folder is gone for a warning, not for an end', async () => {
  await linkPlugins(place, { gone: '/no/such/folder' });
  const { code, stdout, stderr } = await place.llem(['catalog']);
  expect(code).toBe(0);
  expect(stdout).toContain('llamacpp');
  expect(stderr).toMatch(/^warning: The plugin gone is not used: there is no package in \/no\/such\/folder/m);
  expect(stderr).not.toMatch(/^\s+at /m);
});
