/** Plugins that are broken in every way that is known: each is named, and the others and all commands go on. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { recordSchema } from '@llem/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { linkMadePlugins, linkPlugins, SHORT_STUDY, workplace, type Workplace } from './llem.js';

/** No import of anything: a plugin is recognised by its shape alone. */
const SOUND = `
export const options = { jsonSchema: {}, parse: (input) => ({ ok: true, value: input }) };
const unused = () => { throw new Error('not in a plan'); };
export const create = () => ({
  computesOn: 'cpu', constraints: () => [], prepare: unused, service: unused, dialect: unused, describe: unused,
  checks: () => [], diagnose: () => null,
});
`;
const ARTIFACTS = JSON.stringify({
  modelRef: 'm',
  model: {
    ...{ name: 'm', revision: null, weightsHash: null, tokenizerRevision: null, randomWeights: true },
    ...{ parameters: null, contextLength: null, promptTokenIds: { first: 1, last: 9 }, tokenizerPath: null },
  },
});
const backend = (id: string) => ({ kind: 'backend', id, module: './backend.js' });
const one = (id: string, text: string) => ({
  llem: { contract: '^1.0.0', provides: [backend(id)] },
  files: { 'backend.js': text },
});

/** Modules that fail when they are imported, with what is said of each. */
const ON_IMPORT: Readonly<Record<string, readonly [string, string]>> = {
  throws: ['throw new Error("no driver");', 'cannot be loaded: no driver'],
  torn: ['import "no-such-library";', "cannot be loaded: Cannot find package 'no-such-library'"],
  unparsable: ['export const = 1;', 'cannot be loaded: '],
  ends: ['console.log("bye"); process.exit(0);', 'cannot be loaded: it ends the process'],
  endslate: ['await null; process.exit(0);', 'cannot be loaded: it ends the process'],
  rejects: [`${SOUND} Promise.reject(new Error("nobody hears"));`, 'cannot be loaded: nobody hears'],
  shapeless: ['export default {};', 'does not export `options` and `create`'],
  schemaless: [
    'export const options = { parse() {}, get jsonSchema() { throw Error("odd"); } }; export const create = () => ({});',
    'its `options.jsonSchema` fails: odd',
  ],
};

/** What is wrong with packages before anything of them is imported. */
const IN_MANIFEST = {
  'plugin-old': {
    plugin: { llem: { contract: '^0.0.1', provides: [backend('old')] } },
    said: 'The plugin plugin-old 2.0.0 is not used: it was written for contract ^0.0.1, and this llem has contract 1.0.0.',
  },
  'plugin-thief': {
    plugin: one('llamacpp', SOUND),
    said: 'The backend "llamacpp" of plugin-thief 2.0.0 is not used: @llem/backend-llamacpp 0.1.0 provides one of the same id',
  },
  'plugin-twice': {
    plugin: {
      llem: { contract: '^1.0.0', provides: [backend('twice'), backend('twice')] },
      files: { 'backend.js': SOUND },
    },
    said: 'The backend "twice" of plugin-twice 2.0.0 is not used twice',
  },
  'plugin-vague': {
    plugin: { llem: { contract: '^1.0.0', provides: 'backend' } },
    said: 'The plugin plugin-vague 2.0.0 is not used: in its package.json, llem.provides:',
  },
  'plugin-future': {
    plugin: {
      llem: { contract: '^1.0.0', provides: [{ kind: 'launcher', id: 'slurm', module: './l.js' }] },
    },
    said: 'plugin-future provides the launcher "slurm", a kind that this llem does not use; it uses: backend, runner, meter, dataset.',
  },
};

const diagnosisSchema = z.object({
  examined: z.array(z.object({ subject: z.string(), findings: z.array(z.object({ message: z.string() })) })),
});

let place: Workplace;
beforeAll(async () => {
  place = await workplace();
  const plugins = {
    ...Object.fromEntries(Object.entries(IN_MANIFEST).map(([name, { plugin }]) => [name, plugin])),
    ...Object.fromEntries(Object.entries(ON_IMPORT).map(([id, [text]]) => [`plugin-${id}`, one(id, text)])),
    'plugin-fileless': { llem: { contract: '^1.0.0', provides: [backend('fileless')] } },
    'plugin-uncreated': one(
      'uncreated',
      SOUND.replace(
        /export const create[^]*/,
        'export const create = () => { throw new Error("no room"); };',
      ),
    ),
    'plugin-talks': one('talks', `console.log("hello");${SOUND}`),
    'plugin-sound': one('sound', SOUND),
  };
  await linkMadePlugins(place, plugins);
  await mkdir(join(place.dir, 'unreadable'));
  await writeFile(join(place.dir, 'unreadable', 'package.json'), '{ "name": ');
  const names = [...Object.keys(plugins), 'unreadable'];
  await linkPlugins(place, Object.fromEntries(names.map((name) => [name, join(place.dir, name)])));
});
afterAll(() => place.remove());

/** How a plan of a study with this backend ends. */
async function planWith(id: string) {
  const file = `${id}.yaml`;
  await writeFile(join(place.dir, file), SHORT_STUDY.replace('backend: llamacpp', `backend: ${id}`));
  return await place.llem(['plan', file, '--json']);
}

describe('of many broken plugins', () => {
  it('`llem catalog` tells all that their package.json tells, and lists the others', async () => {
    const { code, stdout, stderr } = await place.llem(['catalog']);
    expect(code).toBe(0);
    for (const id of ['sound', 'talks', 'twice', 'llamacpp', ...Object.keys(ON_IMPORT)])
      expect(stdout).toMatch(new RegExp(`^backend +${id} `, 'm'));
    for (const { said } of Object.values(IN_MANIFEST)) expect(stderr).toContain(said);
    expect(stderr).toMatch(/^warning: The plugin unreadable is not used: .*package\.json is no JSON/m);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it('`llem plugins` tells the same', async () => {
    const { code, stderr } = await place.llem(['plugins']);
    expect(code).toBe(0);
    for (const { said } of Object.values(IN_MANIFEST)) expect(stderr.replace(/\s+/g, ' ')).toContain(said);
  });

  it('`llem results list` says nothing', async () => {
    expect(await place.llem(['results', 'list'])).toMatchObject({ code: 0, stderr: '' });
  });

  it('`llem doctor` tells all', async () => {
    const { stdout } = await place.llem(['doctor', '--json']);
    const { examined } = diagnosisSchema.parse(JSON.parse(stdout));
    const saidOf = (subject: string) =>
      examined
        .filter((one) => one.subject === subject)
        .flatMap(({ findings }) => findings.map(({ message }) => message));
    for (const [id, [, said]] of Object.entries(ON_IMPORT))
      expect(saidOf(`backend ${id}`).join()).toContain(said);
    expect(saidOf('backend sound')).toEqual([]);
    expect(saidOf('backend uncreated').join()).toContain('cannot be created: no room');
    expect(saidOf('backend fileless').join()).toContain('cannot be loaded: Cannot find module');
    expect(saidOf('plugin plugin-old')).toHaveLength(1);
    expect(saidOf('plugin unreadable')).toHaveLength(1);
  });

  it('a plan tells only of those of which nothing is known', async () => {
    const { code, stderr } = await planWith('sound');
    expect(code).toBe(0);
    expect(stderr.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^warning: The plugin unreadable /),
      expect.stringMatching(/^warning: The plugin plugin-vague /),
    ]);
  });

  it('a plan tells of one that takes the id it names', async () => {
    const { code, stderr } = await planWith('llamacpp');
    expect(code).toBe(0);
    expect(stderr).toContain(IN_MANIFEST['plugin-thief'].said);
  });

  it('a plan that names one says why it cannot be had, where it is named', async () => {
    const { code, stderr } = await planWith('old');
    expect(code).toBe(2);
    expect(stderr).toContain(`error: old.yaml:3:10: ${IN_MANIFEST['plugin-old'].said} Update the plugin`);
    const torn = await planWith('torn');
    expect(torn.stderr).toContain(
      'error: torn.yaml:3:10: The backend "torn" of plugin-torn 2.0.0 cannot be loaded',
    );
    const uncreated = await planWith('uncreated');
    expect(uncreated.stderr).toContain(
      'error: The backend "uncreated" of plugin-uncreated 2.0.0 cannot be created',
    );
  });

  it('one that prints leaves the JSON of a plan as it is', async () => {
    const { code, stdout, stderr } = await planWith('talks');
    expect(code).toBe(0);
    expect(z.json().safeParse(JSON.parse(stdout)).success).toBe(true);
    expect(stderr).toContain('hello');
  });
});

it('does not wait for one that is never done with its import', async () => {
  const other = await workplace();
  try {
    await linkMadePlugins(other, { 'plugin-waits': one('waits', 'await new Promise(() => undefined);') });
    const { code, stderr } = await other.llem(['catalog', 'waits']);
    expect(code).toBe(2);
    expect(stderr).toContain('plugin-waits 2.0.0 cannot be loaded: it is not done after 10 s');
  } finally {
    await other.remove();
  }
}, 60_000);

it('warns of a meter that would have measured', async () => {
  const other = await workplace();
  try {
    await linkMadePlugins(other, {
      'plugin-meter': {
        llem: { contract: '^1.0.0', provides: [{ kind: 'meter', id: 'wall', module: './meter.js' }] },
        files: { 'meter.js': 'throw new Error("no driver");' },
      },
    });
    const plan = async (settings: string) => {
      await writeFile(join(other.dir, 'study.yaml'), `${SHORT_STUDY}${settings}`);
      return await other.llem(['plan', 'study.yaml']);
    };
    const { code, stderr } = await plan('');
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /^warning: The meter "wall" of plugin-meter 2\.0\.0 cannot be loaded: no driver \(\/.*\/meter\.js:1:7\)\. .*\n$/,
    );
    expect(await plan('energy: { meters: [rapl] }\n')).toMatchObject({ code: 0, stderr: '' });
  } finally {
    await other.remove();
  }
});

it('records a run that fails by a fault of a plugin as a fault of that, with the place', async () => {
  const other = await workplace();
  try {
    await linkMadePlugins(other, {
      'plugin-hello': {
        llem: { contract: '^1.0.0', provides: [backend('hello')] },
        files: { 'backend.js': SOUND.replace('prepare: unused', `prepare: async () => (${ARTIFACTS})`) },
      },
      'plugin-vague': {
        llem: { contract: '^1.0.0', provides: [backend('vague')] },
        files: { 'backend.js': SOUND.replace('prepare: unused', 'prepare: async () => ({ modelRef: "m" })') },
      },
    });
    await writeFile(
      join(other.dir, 'study.yaml'),
      `${SHORT_STUDY.replace('backend: llamacpp\n', '')}sweep: { backend: [hello, vague] }\n`,
    );
    const { code, stderr } = await other.llem([
      'run',
      'study.yaml',
      '--skip-preflight',
      '--output',
      'results',
    ]);
    const [study = ''] = await readdir(join(other.dir, 'results'));
    const runs = join(other.dir, 'results', study, 'runs');
    const failures = await Promise.all(
      (await readdir(runs)).map(
        async (name) =>
          recordSchema.parse(JSON.parse(await readFile(join(runs, name, 'record.json'), 'utf8'))).failure,
      ),
    );
    expect([code, failures.map((failure) => failure?.class)]).toEqual([1, ['plugin-fault', 'plugin-fault']]);
    expect(failures.map((failure) => failure?.message).sort()).toEqual([
      expect.stringMatching(
        /^The backend "hello" of plugin-hello 2\.0\.0 failed in `service`: not in a plan \(\/.*\/backend\.js:3:\d+\)\.$/,
      ),
      'The backend "vague" of plugin-vague 2.0.0 gave what its contract does not: prepare().model: missing, expected a mapping.',
    ]);
    expect(stderr).not.toContain('defect of llem');
  } finally {
    await other.remove();
  }
});
