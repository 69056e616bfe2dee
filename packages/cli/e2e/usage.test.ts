/** The command as people first meet it: help, wrong usage, bad studies. Nothing is measured here. */
import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BIN, SHORT_STUDY, workplace, type Workplace } from './llem.js';

// Matchers have the type any; as unknown they can stand in an expected value.
const containing = (text: string): unknown => expect.stringContaining(text);
const something = (): unknown => expect.anything();
const including = (items: unknown[]): unknown => expect.arrayContaining(items);

let place: Workplace;
beforeAll(async () => {
  place = await workplace();
});
afterAll(() => place.remove());

/** A stack trace has lines such as `    at main (file:...)`. */
const STACK = /^\s+at .+/m;

async function study(text: string, name = 'study.yaml'): Promise<string> {
  await writeFile(join(place.dir, name), text);
  return name;
}

describe('a command without a study', () => {
  it('answers --version', async () => {
    const { code, stdout } = await place.llem(['--version']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^llem\/\d+\.\d+\.\d+ \S+ node-v\d+/);
  });

  it('lists its commands in the help', async () => {
    const { code, stdout } = await place.llem(['--help']);
    expect(code).toBe(0);
    for (const command of ['run', 'plan', 'catalog', 'init', 'schema', 'config', 'doctor', 'results']) {
      expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
    }
  });

  it('finds the plugins of the checkout, each with its origin', async () => {
    const { code, stdout } = await place.llem(['catalog', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      problems: [],
      provided: including([
        expect.objectContaining({ kind: 'backend', id: 'llamacpp', package: '@llem/backend-llamacpp' }),
        expect.objectContaining({ kind: 'runner', id: 'local' }),
        expect.objectContaining({ kind: 'meter', id: 'rapl' }),
      ]),
    });
  });

  it('shows the options of a plugin with type and default', async () => {
    const { code, stdout } = await place.llem(['catalog', 'llamacpp']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ {2}threads {2}integer/m);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  it('prints a JSON Schema that knows the sections of the backends', async () => {
    const { code, stdout } = await place.llem(['schema']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      properties: { llamacpp: something(), sweep: something() },
    });
  });

  it('says with doctor what can be measured here', async () => {
    const { code, stdout } = await place.llem(['doctor', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ missing: [] });
  });

  it('says where each setting comes from', async () => {
    const path = join(place.dir, 'config', 'llem', 'config.yaml');
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, 'output: /var/tmp/studies\ngaps: { max_s: 7 }\n');
    const [all, ofStudy] = await Promise.all([
      place.llem(['config', '--json']),
      place.llem(['config', '-'], { stdin: SHORT_STUDY }),
    ]);
    await rm(path);
    expect(JSON.parse(all.stdout)).toMatchObject({
      file: { path, isUsed: true, error: null },
      settings: including([{ name: 'output', value: '/var/tmp/studies', from: `${path}:1:1` }]),
    });
    expect(ofStudy.stdout).toMatch(/execution\.gaps\.max_s +7 +configuration, line 2\n/);
    expect(ofStudy.stdout).toMatch(/execution\.cycles +1 +standard input:6:14\n/);
    expect([all.code, ofStudy.code]).toEqual([0, 0]);
  });

  it('stops for a broken configuration only where one is needed', async () => {
    const path = join(place.dir, 'config', 'llem', 'config.yaml');
    await writeFile(path, 'wait: true\noutputs: here\n');
    const run = (...args: string[]) => place.llem(args);
    const [config, plan, help, schema, catalog, doctor] = await Promise.all([
      run('config'),
      run('plan', '--model', 'llem/tiny-1m', '--backend', 'llamacpp'),
      run('--help'),
      run('schema'),
      run('catalog'),
      run('doctor', '--json'),
    ]);
    await rm(path);
    const message = `error: ${path}:2:1: unknown key "outputs"; did you mean "output"?`;
    expect(config.stderr).toContain(message);
    expect(config.stdout).toMatch(/output +\.\/results +default\n/);
    expect(plan.stderr).toContain(message);
    expect([config, plan, help, schema, catalog, doctor].map(({ code }) => code)).toEqual([2, 2, 0, 0, 0, 1]);
    expect(JSON.parse(doctor.stdout)).toMatchObject({ missing: [], stopped: ['Configuration file'] });
  });
});

describe('llem init', () => {
  it('writes a study that plans without a change, and does not replace it', async () => {
    const first = await place.llem(['init', 'mine.yaml']);
    expect(first.code).toBe(0);
    const planned = await place.llem(['plan', 'mine.yaml']);
    expect(planned.stderr).toBe('');
    expect(planned.code).toBe(0);
    await writeFile(join(place.dir, 'mine.yaml'), 'name: precious\n');
    const second = await place.llem(['init', 'mine.yaml']);
    expect(second.code).toBe(2);
    expect(second.stderr).toContain('--force');
    expect(await readFile(join(place.dir, 'mine.yaml'), 'utf8')).toBe('name: precious\n');
    expect((await place.llem(['init', 'mine.yaml', '--force'])).code).toBe(0);
  });

  it('prints the study where the file is -', async () => {
    const { stdout } = await place.llem(['init', '-']);
    const planned = await place.llem(['plan', '-', '--json'], { stdin: stdout });
    expect(planned.code).toBe(0);
    expect(JSON.parse(planned.stdout)).toMatchObject({ studyName: 'my-study' });
  });
});

describe('llem plan', () => {
  it('shows the experiments and their order, and starts nothing', async () => {
    const file = await study(
      `${SHORT_STUDY.replace('concurrency: 2, ', '')}sweep: { workload.concurrency: [1, 2] }\n`,
    );
    const { code, stdout } = await place.llem(['plan', file, '--cycles', '2', '--order', 'interleaved']);
    expect(code).toBe(0);
    expect(stdout).toContain('2 experiments, 2 cycles, 4 runs');
    expect(stdout).toContain('llamacpp on local: nothing else said (default)');
    expect(stdout).toMatch(/Order of the experiments \(interleaved\)\n {2}1 2 1 2/);
    expect(await readdir(place.dir)).not.toContain('results');
    expect(await readdir(join(place.dir, 'cache')).catch(() => [])).toEqual([]);
  });

  it('takes a study from flags alone', async () => {
    const { code, stdout } = await place.llem(
      'plan -m llem/tiny-1m -b llamacpp --set workload.concurrency=3 --set measure.min_seconds=1 --json'.split(
        ' ',
      ),
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      experiments: [{ workload: { concurrency: 3 }, measure: { min_seconds: 1 } }],
    });
  });

  it('lets --runner win over the study, and says so', async () => {
    const file = await study(`${SHORT_STUDY}runners: { llamacpp: local }\n`);
    const { stdout } = await place.llem(['plan', file, '--runner', 'llamacpp=local']);
    expect(stdout).toContain('llamacpp on local: --runner');
  });
});

/** What is typed, the exit code, and what the one message must name. */
const BAD: readonly {
  readonly what: string;
  readonly args: (file: string) => readonly string[];
  readonly text?: string;
  readonly code: number;
  readonly says: RegExp;
}[] = [
  { what: 'an unknown command', args: () => ['rnu'], code: 2, says: /no command "rnu"/ },
  { what: 'an unknown flag', args: () => ['run', '--fast'], code: 2, says: /unknown flag: --fast/ },
  { what: 'nothing to run', args: () => ['run'], code: 2, says: /neither a study file nor --model/ },
  {
    what: 'flags that exclude each other',
    args: (file) => ['run', file, '--json', '--quiet'],
    text: SHORT_STUDY,
    code: 2,
    says: /--quiet/,
  },
  {
    what: 'a file and settings in flags',
    args: (file) => ['run', file, '--model', 'x'],
    text: SHORT_STUDY,
    code: 2,
    says: /exclude each other/,
  },
  {
    what: 'a setting without a value',
    args: () => ['run', '-m', 'x', '-b', 'llamacpp', '--set', 'workload'],
    code: 2,
    says: /no "="/,
  },
  {
    what: 'a runner for a backend that nobody knows',
    args: (file) => ['plan', file, '--runner', 'lamacpp=local'],
    text: SHORT_STUDY,
    code: 2,
    says: /--runner lamacpp=local: Unknown backend "lamacpp"; did you mean "llamacpp"\?/,
  },
  {
    what: 'a runner that is none',
    args: (file) => ['run', file, '--runner', 'llamacpp=docker:'],
    text: SHORT_STUDY,
    code: 2,
    says: /"docker:" is not a runner/,
  },
  { what: 'a file that is not there', args: () => ['run', 'none.yaml'], code: 2, says: /no such file/ },
  { what: 'a folder as a study', args: () => ['run', '.'], code: 2, says: /it is a folder/ },
  { what: 'an empty file', args: (file) => ['run', file], text: '', code: 2, says: /file is empty/ },
  {
    what: 'YAML that does not parse',
    args: (file) => ['run', file],
    text: 'name: [a\nmodel: x\n',
    code: 2,
    says: /bad\.yaml:\d+:\d+: this is not valid YAML/,
  },
  {
    what: 'an unknown key',
    args: (file) => ['run', file],
    text: `${SHORT_STUDY}worklod: { concurrency: 2 }\n`,
    code: 2,
    says: /bad\.yaml:7:1: unknown key "worklod".*did you mean "workload"/,
  },
  {
    what: 'an unknown option of a backend',
    args: (file) => ['run', file],
    text: `${SHORT_STUDY}llamacpp: { thread: 2 }\n`,
    code: 2,
    says: /bad\.yaml:7:\d+: unknown key "thread".*did you mean "threads"/,
  },
  {
    what: 'a value of the wrong type',
    args: (file) => ['run', file],
    text: SHORT_STUDY.replace('concurrency: 2', 'concurrency: many'),
    code: 2,
    says: /bad\.yaml:4:\d+: workload\.concurrency/,
  },
  {
    what: 'an impossible value',
    args: (file) => ['run', file],
    text: SHORT_STUDY.replace('concurrency: 2', 'concurrency: 0'),
    code: 2,
    says: /workload\.concurrency/,
  },
  {
    what: 'a backend that is not installed',
    args: (file) => ['run', file],
    text: SHORT_STUDY.replace('backend: llamacpp', 'backend: llamacp'),
    code: 2,
    says: /unknown backend "llamacp"; did you mean "llamacpp"/,
  },
  {
    what: 'a result directory that is none',
    args: () => ['results', 'show', 'config'],
    code: 2,
    says: /not a result directory/,
  },
  {
    what: 'a model file that is missing',
    args: (file) => ['run', file],
    text: SHORT_STUDY.replace('llem/tiny-1m', './none.gguf'),
    code: 1,
    says: /none\.gguf/,
  },
  {
    what: 'a model file that is no GGUF',
    args: (file) => ['run', file],
    text: SHORT_STUDY.replace('llem/tiny-1m', './bad.yaml'),
    code: 1,
    says: /GGUF/,
  },
  {
    what: 'an output folder that cannot be made',
    args: (file) => ['run', file, '--output', `./${file}/results`],
    text: SHORT_STUDY,
    code: 1,
    says: /result directory/,
  },
];

describe('bad input', () => {
  it.each(BAD)('$what ends with one message and what to do', async ({ args, text, code, says }) => {
    const file = text === undefined ? 'bad.yaml' : await study(text, 'bad.yaml');
    const result = await place.llem(args(file));
    expect(result.stderr).toMatch(says);
    expect(result.stderr.match(/^error: /gm)).toHaveLength(1);
    expect(result.stderr).toMatch(/^ {2}what to do: \S/m);
    expect(result.stderr).not.toMatch(STACK);
    if (!args(file).includes('--json')) expect(result.stdout).toBe('');
    expect(result.code).toBe(code);
  });

  it('is one line of JSON on standard output with --json', async () => {
    const { code, stdout } = await place.llem(['run', 'none.yaml', '--json']);
    expect(code).toBe(2);
    expect(stdout.trim().split('\n')).toHaveLength(1);
    expect(JSON.parse(stdout)).toMatchObject({
      type: 'error',
      code: 'LLEM_E_STUDY_FILE',
      message: containing('none.yaml'),
      remedy: containing('llem init'),
    });
  });

  it('shows the stack trace with --debug', async () => {
    const { stderr } = await place.llem(['run', 'none.yaml', '--debug']);
    expect(stderr).toMatch(STACK);
  });
});

describe('a reader that goes away', () => {
  it('is no failure of the command', async () => {
    const child = spawn(
      'sh',
      ['-c', `"$1" "$2" schema | head -c 10; echo " $?"`, 'sh', process.execPath, BIN],
      {
        cwd: place.dir,
        env: place.env,
      },
    );
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
    child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
    await new Promise((resolve) => child.on('close', resolve));
    expect(stdout).toMatch(/^\{[^]{9} 0\n$/);
    expect(stderr).toBe('');
  });
});
