/** What an installed llem says of plugins that it does not come with: the command that installs them, wherever they are named. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installedCommand, type InstalledCommand } from './installed.js';
import { LIGHT_STUDY, SHORT_STUDY, workplace, type Workplace } from './llem.js';

const INSTALL = 'llem plugins install @llem/backend-sglang';
const SEARCH = 'npm search keywords:llem-plugin';

let command: InstalledCommand;
let place: Workplace;
beforeAll(async () => {
  command = await installedCommand();
  place = await workplace(command.bin);
});
afterAll(async () => {
  await place.remove();
  await command.remove();
});

/** The lines of the error for a study. */
async function problemsOf(name: string, text: string): Promise<string[]> {
  await writeFile(join(place.dir, `${name}.yaml`), text);
  const { code, stdout, stderr } = await place.llem(['plan', `${name}.yaml`]);
  expect([code, stdout]).toEqual([2, '']);
  return stderr.replace('error: ', '').split('\n');
}

describe('an installed llem', () => {
  it('says how to install the plugin of a backend that a study names', async () => {
    const [first] = await problemsOf('backend', SHORT_STUDY.replace('llamacpp', 'sglang'));
    expect(first).toBe(`backend.yaml:3:10: the backend "sglang" is not installed; run: ${INSTALL}`);
  });

  it('says so wherever a study names a plugin, and of each what it is', async () => {
    const problems = await problemsOf(
      'all',
      `${SHORT_STUDY}sglang: { page_size: 1 }
sweep: { trtllm.x: [1, 2] }
groups: { engine: [{ sglang.page_size: 2 }] }
experiments: [{ sglang.page_size: 4 }]
runners: { trtllm: local }
energy: { meters: [hwmon, { type: cray }] }
`,
    );
    const missing = (what: string, name: string) =>
      `the ${what} is not installed; run: llem plugins install @llem/${name}`;
    expect(problems.slice(0, 7)).toEqual([
      `all.yaml:7:1: ${missing('backend "sglang"', 'backend-sglang')}`,
      `all.yaml:8:10: ${missing('backend "trtllm"', 'backend-trtllm')}`,
      `all.yaml:9:22: ${missing('backend "sglang"', 'backend-sglang')}`,
      `all.yaml:10:17: ${missing('backend "sglang"', 'backend-sglang')}`,
      `all.yaml:11:12: ${missing('backend "trtllm"', 'backend-trtllm')}`,
      `all.yaml:12:20: energy.meters[0]: ${missing('meter "hwmon"', 'energy-hwmon')}`,
      `all.yaml:12:35: energy.meters[1]: ${missing('meter "cray"', 'energy-cray')}`,
    ]);
  });

  it('takes a mistyped name for the nearest plugin, installed or not', async () => {
    const problems = await problemsOf(
      'mistyped',
      `${SHORT_STUDY.replace('workload: {', 'workload: { dataset: jsnl,')}sweep: { sglan.x: [1, 2], vlm.x: [1] }\nenergy: { meters: [hwmn, nvm] }\n`,
    );
    const missing = (id: string, name: string) =>
      `did you mean "${id}"? It is not installed; run: llem plugins install ${name}`;
    expect(problems.slice(0, 5)).toEqual([
      'mistyped.yaml:4:22: workload.dataset: unknown data set "jsnl"; did you mean "jsonl"?',
      `mistyped.yaml:7:10: unknown key "sglan"; ${missing('sglang', '@llem/backend-sglang')}`,
      'mistyped.yaml:7:27: unknown key "vlm"; did you mean "vllm"?',
      `mistyped.yaml:8:20: energy.meters[0]: unknown meter "hwmn"; ${missing('hwmon', '@llem/energy-hwmon')}`,
      'mistyped.yaml:8:26: energy.meters[1]: unknown meter "nvm"; did you mean "nvml"?',
    ]);
  });

  it('says where to look for a plugin that nobody knows', async () => {
    const problems = await problemsOf(
      'unknown',
      SHORT_STUDY.replace('llamacpp', 'frobnicator').replace(
        'workload: {',
        'workload: { dataset: gutenberg,',
      ),
    );
    expect(problems[0]).toBe(
      `unknown.yaml:3:10: unknown backend "frobnicator"; known here: llamacpp, vllm; plugins of others: ${SEARCH}`,
    );
    expect(problems[1]).toContain(SEARCH);
  });

  it.each([
    [
      ['--runner', 'sglang=docker'],
      `--runner sglang=docker: The backend "sglang" is not installed; run: ${INSTALL}`,
    ],
    [
      ['--runner', 'llamacpp=slurm'],
      `--runner: Unknown runner "slurm"; known here: attach, docker, local; plugins of others: ${SEARCH}`,
    ],
  ])('says so of %j', async (flags, message) => {
    const study = ['plan', '--model', 'llem/tiny-1m', '--backend', 'llamacpp'];
    const { code, stderr } = await place.llem([...study, ...flags]);
    expect(code).toBe(2);
    expect(stderr).toContain(`error: ${message}`);
  });

  it('says so of settings in flags', async () => {
    const { stderr } = await place.llem(['plan', '--model', 'llem/tiny-1m', '--backend', 'sglang']);
    expect(stderr).toContain(INSTALL);
  });

  it('says so where the options of a plugin are asked for', async () => {
    const missing = await place.llem(['catalog', 'sglang']);
    expect([missing.code, missing.stdout]).toEqual([2, '']);
    expect(missing.stderr).toContain(`The backend "sglang" is not installed; run: ${INSTALL}.`);
    expect((await place.llem(['catalog', 'sglan'])).stderr).toContain(INSTALL);
    expect((await place.llem(['catalog', 'gutenberg'])).stderr).toContain(SEARCH);
  });

  it('wants to know of a runner in variables and in the configuration only where a study uses it', async () => {
    const other = await workplace(command.bin);
    try {
      await mkdir(join(other.dir, 'config', 'llem'), { recursive: true });
      await writeFile(
        join(other.dir, 'config', 'llem', 'config.yaml'),
        'runners: { sglang: docker, vllm: slurm, llamacpp: local }\n',
      );
      await writeFile(join(other.dir, 'study.yaml'), SHORT_STUDY);
      other.env['LLEM_RUNNER_TRTLLM'] = 'slurm';
      expect(await other.llem(['plan', 'study.yaml'])).toMatchObject({ code: 0, stderr: '' });
      other.env['LLEM_RUNNER_LLAMACPP'] = 'slurm';
      const { code, stderr } = await other.llem(['plan', 'study.yaml']);
      expect(code).toBe(2);
      expect(stderr).toContain('error: LLEM_RUNNER_LLAMACPP: Unknown runner "slurm"');
    } finally {
      await other.remove();
    }
  });

  it('shows the results of a study whose plugin is gone, and says what resuming it needs', async () => {
    await writeFile(join(place.dir, 'light.yaml'), LIGHT_STUDY);
    const run = await place.llem(['run', 'light.yaml', '--skip-preflight', '--output', 'gone']);
    expect(run.stderr).not.toContain('error:');
    const [dir = ''] = /gone\/\S+Z/.exec(run.stdout + run.stderr) ?? [];
    const resolved = join(place.dir, dir, 'resolved.yaml');
    // As it would be if the study had been measured with a plugin that is not installed any more.
    const text = await readFile(resolved, 'utf8');
    await writeFile(resolved, text.replaceAll('llamacpp', 'sglang'));
    const shown = await place.llem(['results', 'show', dir]);
    expect([shown.code, shown.stderr]).toEqual([0, '']);
    const resumed = await place.llem(['resume', dir]);
    expect(resumed.code).toBe(2);
    expect(resumed.stderr).toMatch(/^error: .*resolved\.yaml:\d+:\d+: the backend "sglang"/m);
    expect(resumed.stderr).toContain(INSTALL);
  });
});
