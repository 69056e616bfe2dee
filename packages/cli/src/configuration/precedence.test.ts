import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { JsonObject } from '@llem/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { composeRoot } from '../composition/root.js';
import { composeStudy, PLAN, PLUGINS } from '../composition/study.js';
import { effectiveOutput, effectiveWait, withoutBrokenFile } from './effective.js';
import { configurationText, configurationView, settingsOfAnyStudy, settingsOfStudy } from './view.js';

const checkout = {
  root: fileURLToPath(new URL('../..', import.meta.url)),
  dataDir: '/no/such/folder',
  getPluginsList: () => [],
};
const STUDY_SETTINGS = { model: 'llem/tiny-1m', backend: 'llamacpp' };
const CONFIGURATION = `output: /from/configuration
wait: true
gaps: { between_runs_s: 3, between_cycles_s: 4, until_c: 45, max_s: 50 }
meters: [estimate]
runners: { llamacpp: local }
`;

let folder: string;
let path: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llem-precedence-'));
  path = join(folder, 'config.yaml');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What somebody says, on which level. */
interface Said {
  readonly flags?: {
    readonly output?: string;
    readonly wait?: boolean;
    readonly runner?: string;
    readonly noGaps?: boolean;
  };
  readonly env?: NodeJS.ProcessEnv;
  readonly study?: JsonObject;
  readonly configuration?: string;
  /** Of a result directory, with everything applied. */
  readonly isResolved?: boolean;
}

async function rootOf({ env = {}, configuration }: Said) {
  if (configuration !== undefined) await writeFile(path, configuration);
  return composeRoot(checkout, {
    ...env,
    LLEM_CONFIG: configuration === undefined ? '/dev/null' : path,
  });
}

async function scopeOf(said: Said) {
  const { flags = {}, study = {}, isResolved = false } = said;
  const warnings: string[] = [];
  const scope = await composeStudy(await rootOf(said), {
    source: { kind: 'settings', settings: { ...STUDY_SETTINGS, ...study } },
    overrides: { noGaps: flags.noGaps },
    runners: flags.runner === undefined ? {} : { llamacpp: flags.runner },
    isResolved,
    warn: (message) => warnings.push(message),
  });
  return { scope, warnings };
}

/** A setting as it is in effect, and where that comes from. */
async function effective(setting: string, said: Said): Promise<unknown[]> {
  const { scope } = await scopeOf(said);
  const rows = [
    { name: 'output', ...effectiveOutput(scope, said.flags?.output) },
    { name: 'wait', ...effectiveWait(scope, said.flags?.wait) },
    ...settingsOfStudy(scope),
  ];
  return rows.flatMap(({ name, value, from }) => (name === setting ? [value, from] : []));
}

describe('of a setting that several say', () => {
  const flags = { output: '/from/flag', wait: false, runner: 'local', noGaps: true };
  const env = { LLEM_OUTPUT: '/from/environment', LLEM_RUNNER_LLAMACPP: 'local' };
  const study = {
    execution: { gaps: { between_runs_s: 20, between_cycles_s: 21, until_c: 'none', max_s: 22 } },
    energy: { meters: 'auto' },
    runners: { llamacpp: 'local' },
  };
  const configuration = CONFIGURATION;
  const inFile = (place: string) => `CONFIG:${place}`;
  it.each<[string, Said, unknown, string]>([
    ['output', { flags, env, configuration }, '/from/flag', '--output'],
    ['output', { env, configuration }, '/from/environment', 'LLEM_OUTPUT'],
    ['output', { env: { LLEM_OUTPUT: '' }, configuration }, '/from/configuration', inFile('1:1')],
    ['output', {}, './results', 'default'],

    ['wait', { flags, configuration }, false, '--no-wait'],
    ['wait', { flags: { wait: true } }, true, '--wait'],
    ['wait', { configuration }, true, inFile('2:1')],
    ['wait', {}, false, 'default'],

    ['runners.llamacpp', { flags, env, study, configuration }, 'local', '--runner'],
    ['runners.llamacpp', { env, study, configuration }, 'local', 'LLEM_RUNNER_LLAMACPP'],
    ['runners.llamacpp', { study, configuration }, 'local', "the study's runners"],
    ['runners.llamacpp', { configuration }, 'local', inFile('5:12')],
    ['runners.llamacpp', {}, 'local', 'default'],

    ['execution.gaps.between_runs_s', { flags, study, configuration }, 0, '--no-gaps'],
    ['execution.gaps.between_runs_s', { study, configuration }, 20, '--set'],
    ['execution.gaps.between_runs_s', { configuration }, 3, inFile('3:9')],
    ['execution.gaps.between_runs_s', {}, 10, 'default'],
    ['execution.gaps.between_cycles_s', { study, configuration }, 21, '--set'],
    ['execution.gaps.between_cycles_s', { configuration }, 4, inFile('3:28')],
    ['execution.gaps.between_cycles_s', {}, 0, 'default'],
    ['execution.gaps.until_c', { study, configuration }, 'none', '--set'],
    ['execution.gaps.until_c', { configuration }, 45, inFile('3:49')],
    ['execution.gaps.until_c', {}, 'none', 'default'],
    ['execution.gaps.max_s', { study, configuration }, 22, '--set'],
    ['execution.gaps.max_s', { configuration }, 50, inFile('3:62')],
    ['execution.gaps.max_s', {}, 600, 'default'],

    ['energy.meters', { study, configuration }, 'auto', '--set'],
    ['energy.meters', { configuration }, ['estimate'], inFile('4:1')],
    ['energy.meters', {}, 'auto', 'default'],
  ])('%s: the first of flag, environment, study, configuration and default counts (%#)', async (...row) => {
    const [setting, said, value, from] = row;
    expect(await effective(setting, said)).toEqual([value, from.replace('CONFIG', path)]);
  });

  it('each by itself: a study keeps from the configuration what it does not say', async () => {
    const { scope } = await scopeOf({ study: { 'execution.gaps.max_s': 7 }, configuration });
    expect(scope.get(PLAN).execution.gaps).toMatchObject({ max_s: 7, between_runs_s: 3, until_c: 45 });
    expect(scope.get(PLUGINS).meters.map(({ id }) => id)).toEqual(['estimate']);
  });

  it('neither environment nor configuration counts for a study in which they have been applied', async () => {
    const { scope } = await scopeOf({ configuration, env, isResolved: true });
    expect(settingsOfStudy(scope).filter(({ from }) => from !== 'default')).toEqual([]);
  });

  it('none changes which experiments there are', async () => {
    const [bare, configured] = [await scopeOf({}), await scopeOf({ flags, env, configuration })];
    expect(configured.scope.get(PLAN).studyHash).toBe(bare.scope.get(PLAN).studyHash);
  });
});

describe('what cannot be used', () => {
  const error = async (said: Said) =>
    scopeOf(said).then(
      () => 'nothing',
      (reason: unknown) => (reason instanceof Error ? reason.message : ''),
    );

  it.each<[Said, string]>([
    [{ flags: { runner: 'slurm' } }, '--runner: Unknown runner "slurm";'],
    [{ env: { LLEM_RUNNER_LLAMACPP: 'slurm' } }, 'LLEM_RUNNER_LLAMACPP: Unknown runner "slurm";'],
    [{ configuration: 'runners:\n  llamacpp: slurm\n' }, 'CONFIG:2:3: Unknown runner "slurm";'],
    [
      { configuration: 'runners:\n  llamacpp: { type: local, pull: x }\n' },
      'CONFIG:2:3: local.pull: unknown key "pull".',
    ],
    [
      { flags: { runner: 'docker: ' } },
      'The runner for llamacpp, from --runner: "docker: " names nothing after the colon;',
    ],
    [
      { env: { LLEM_RUNNER_LLAMACPP: '' } },
      'The runner for llamacpp, from LLEM_RUNNER_LLAMACPP: "" is not a runner; expected local, docker,',
    ],
    [{ study: { runner: 'attach:nowhere' } }, 'runner: "nowhere" is not an address;'],
    [
      { study: { sweep: { runner: ['local', { type: 'docker', pul: 'never' }] } } },
      'sweep.runner.pul: unknown key "pul" under runner; did you mean "pull"?',
    ],
    [{ study: { runners: { lamacpp: 'local' } } }, 'unknown backend "lamacpp"; did you mean "llamacpp"?'],
    [
      { env: { LLEM_RUNNER_LLAMACPP: 'docker' } },
      'The runner for llamacpp, from LLEM_RUNNER_LLAMACPP, is docker without an image, and llamacpp has none of its own.',
    ],
    [
      { study: { runner: 'docker' } },
      'The runner for llamacpp, from the experiment, is docker without an image, and llamacpp has none of its own.',
    ],
    [{ configuration: 'meters: [nope]\n' }, 'CONFIG:1:1: Unknown meter "nope";'],
    [
      { configuration: 'meters: [{ type: estimate, nope: 1 }]\n' },
      'CONFIG:1:1: estimate.nope: unknown key "nope".',
    ],
    [{ configuration: 'nope: 1\n' }, 'CONFIG:1:1: unknown key "nope"; known here: '],
  ])('is refused with where it was said (%#)', async (said, message) => {
    expect(await error(said)).toContain(message.replace('CONFIG', path));
  });

  it('is no matter where nothing asks for it', async () => {
    const { warnings } = await scopeOf({
      configuration: 'runners: { vllm: docker, llamcpp: docker }\nmeters: [nope]\n',
      env: { LLEM_RUNNER_LLAMCPP: 'docker', LLEM_RUNNER_VLLM: 'docker' },
      study: { 'energy.meters': ['estimate'] },
    });
    expect(warnings).toEqual([
      `${path}:1:26: unknown backend "llamcpp"; did you mean "llamacpp"?`,
      'LLEM_RUNNER_LLAMCPP: unknown backend "llamcpp"; did you mean "llamacpp"?',
    ]);
  });

  it('stops no command that does not need the configuration', async () => {
    const broken = await rootOf({ configuration: 'nope: 1\n', env: { LLEM_OUTPUT: '/from/environment' } });
    expect(effectiveOutput(broken, undefined).value).toBe('/from/environment');
    expect(effectiveWait(broken, true).value).toBe(true);
    expect(() => effectiveWait(broken, undefined)).toThrow('unknown key "nope"');
  });
});

describe('llem config', () => {
  const columns = ({ length }: string) => length;

  it('shows every setting with its origin, in a table that fits', async () => {
    const root = await rootOf({ configuration: CONFIGURATION });
    const view = configurationView(root, settingsOfAnyStudy(root), null);
    const tableOf = (width: number) => configurationText(view, width).split('\n').slice(3);
    for (const width of [60, 70, 100]) {
      expect(Math.max(...tableOf(width).map(columns))).toBeLessThanOrEqual(width);
    }
    const table = tableOf(100);
    expect(configurationText(view).split('\n')[0]).toBe(`Configuration file: ${path}`);
    const plain = table.map((line) => line.replace(/ {2,}/g, '  '));
    expect(plain).toEqual(
      expect.arrayContaining([
        'setting  value  from',
        'output  /from/configuration  configuration, line 1',
        'wait  true  configuration, line 2',
        'gaps.between_runs_s  3  configuration, line 3',
        'meters  [ "estimate" ]  configuration, line 4',
        'runners.llamacpp  local  configuration, line 5',
      ]),
    );
  });

  it('shows what is in effect without a file that cannot be used, and what is wrong with it', async () => {
    const broken = withoutBrokenFile(await rootOf({ configuration: 'nope: 1\n' }));
    const view = configurationView(broken.root, settingsOfAnyStudy(broken.root), broken.error);
    expect(view.file).toMatchObject({ path, isUsed: false, error: { code: 'LLEM_E_CONFIG' } });
    expect(view.settings).toContainEqual({ name: 'gaps.between_runs_s', value: 10, from: 'default' });
    expect(configurationText(view)).toContain(`${path} (not used: see the error)`);
  });

  it('wraps long lists of a study, so that its table fits as well', async () => {
    const { scope } = await scopeOf({ configuration: CONFIGURATION });
    const view = configurationView(scope, settingsOfStudy(scope), null);
    const table = configurationText(view, 80).split('\n').slice(3);
    expect(Math.max(...table.map(columns))).toBeLessThanOrEqual(80);
    expect(table.join('\n')).toContain('"supervisor-failed"');
  });

  it('says that there is no file', async () => {
    const root = await rootOf({ env: { LLEM_RUNNER_LLAMACPP: 'local' } });
    const settings = settingsOfAnyStudy(root);
    expect(settings).toContainEqual({
      name: 'runners.llamacpp',
      value: 'local',
      from: 'LLEM_RUNNER_LLAMACPP',
    });
    expect(configurationView(root, settings, null).file).toMatchObject({ path: '/dev/null' });
  });
});
