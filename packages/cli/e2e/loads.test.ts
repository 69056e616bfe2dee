/** Loads and data sets through the real command: what is refused and how, and the examples that show them. */
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { workplace, type Workplace } from './llem.js';

const EXAMPLES = fileURLToPath(new URL('../../../examples/', import.meta.url));
const HEAD = 'name: t\nmodel: llem/tiny-1m\nbackend: llamacpp\n';

let place: Workplace;
beforeAll(async () => {
  place = await workplace();
});
afterAll(() => place.remove());

async function plan(workload: string) {
  await writeFile(join(place.dir, 'study.yaml'), `${HEAD}workload: ${workload}\n`);
  return await place.llem(['plan', 'study.yaml']);
}

describe('a load that cannot be', () => {
  it.each([
    [
      '{ concurrency: 8, arrival: { process: poisson, rate: 1 } }',
      '4:38: workload.arrival: a load is either',
    ],
    ['{ arrival: { process: poisson } }', '4:13: workload.arrival.rate: expected a rate'],
    ['{ input_tokens: { min: 1 } }', '4:13: workload.input_tokens.distribution is missing: expected uniform'],
    ['{ slo: { ttft_ms: 1, tpot: 2 } }', '4:32: unknown key "tpot" under workload.slo'],
    ['{ dataset: jsnl }', '4:22: workload.dataset: unknown data set "jsnl"; did you mean "jsonl"?'],
    ['{ dataset: jsonl }', '4:22: workload.dataset.path is missing'],
    ['{ dataset: { type: trace, path: a, spd: 1 } }', '4:46: unknown key "spd" under workload.dataset'],
  ])('is refused with line and column and exit code 2: %s', async (workload, expected) => {
    const { code, stdout, stderr } = await plan(workload);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(`study.yaml:${expected}`);
    expect(stderr).not.toMatch(/^\s+at .+/m);
  });
});

describe('a data set', () => {
  it('is listed with the plugins, and shows its options', async () => {
    const listed = await place.llem(['catalog']);
    for (const id of ['synthetic', 'jsonl', 'sharegpt', 'aienergyscore', 'trace']) {
      expect(listed.stdout).toMatch(new RegExp(`^dataset +${id} +@llem/datasets`, 'm'));
    }
    const { code, stdout } = await place.llem(['catalog', 'jsonl']);
    expect(code).toBe(0);
    expect(stdout).toContain('path  string, required');
  });
});

describe('llem plan', () => {
  it('says what is asked of the engine: the load of each experiment, the prompts, the SLO', async () => {
    const { stdout } = await place.llem(['plan', join(EXAMPLES, 'open-loop.yaml')]);
    expect(stdout).toContain(`
Load
  requests  1: poisson, 0.5 requests/s
            2: poisson, 1 request/s
            3: poisson, 2 requests/s
            4: poisson, 4 requests/s
            5: poisson, 8 requests/s
  prompts   synthetic, lognormal 16–256 tokens in, 64 out
  SLO       TTFT 500 ms, ITL 100 ms for 99 %
`);
    const searched = await place.llem(['plan', join(EXAMPLES, 'search.yaml')]);
    expect(searched.stdout).toContain('requests  search from 0.25 to 16 requests/s, poisson, that hold TTFT');
  });

  it('numbers the experiments of a part that they do not share', async () => {
    await writeFile(
      join(place.dir, 'study.yaml'),
      `${HEAD}experiments:\n${[1, 2, 4, 1].map((n, seed) => `  - { workload: { concurrency: ${n}, seed: ${seed} } }\n`).join('')}`,
    );
    const planned = await place.llem(['plan', 'study.yaml']);
    expect(planned.stdout).toContain(
      'requests  1, 4: 1 in flight\n            2: 2 in flight\n            3: 4 in',
    );
  });

  it('says which GPUs are billed and which meters read, without asking the machine for them', async () => {
    await writeFile(
      join(place.dir, 'study.yaml'),
      [
        HEAD,
        'llamacpp: { executable: llama-server }\n',
        'experiments: [{ devices: none }, { devices: all }, { devices: [1, GPU-7] }]\n',
        'energy: { meters: [nvml, rapl] }\n',
      ].join(''),
    );
    const { stdout } = await place.llem(['plan', 'study.yaml']);
    expect(stdout).toContain(`
Energy
  GPUs      1: none is billed
            2: all that the meters find
            3: 1, GPU-7
  meters    nvml, rapl
`);
  });
});

describe('a study that inherits', () => {
  it('reads the file from its own folder, and is told of what is wrong there by that name', async () => {
    await mkdir(join(place.dir, 'studies'), { recursive: true });
    await writeFile(join(place.dir, 'studies', 'own.yaml'), 'base: ../shared.yaml\nname: own\n');
    const shared = join(place.dir, 'shared.yaml');
    await writeFile(shared, `${HEAD}sweep: { workload.concurrency: [1, 2] }\n`);
    const planned = await place.llem(['plan', 'studies/own.yaml']);
    expect(planned.stdout).toContain('own  2 experiments');
    await writeFile(shared, `${HEAD}sweep: { workload.concurency: [1, 2] }\n`);
    const refused = await place.llem(['plan', './studies/own.yaml']);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/shared\.yaml:\d+:10: unknown key "concurency"/);
    await writeFile(shared, 'base: studies/own.yaml\n');
    const circle = await place.llem(['plan', './studies/own.yaml']);
    expect(circle.stderr).toMatch(/shared\.yaml:1:7: base: a file cannot inherit from itself/);
    await rm(shared);
    const missing = await place.llem(['plan', 'studies/own.yaml']);
    expect(missing.stderr).toMatch(/own\.yaml:1:7: base: shared\.yaml cannot be read: there is no such file/);
  });
});

const PRECISE =
  /^precise {2}2 experiments, 6 to 15 cycles, 12 to 30 runs, about \d+ min \d\d s to \d+ min \d\d s {2}\(study /;

describe('the examples', () => {
  it('can be planned, every one', async () => {
    // config.yaml is no study but a configuration, which has a test of its own.
    const files = (await readdir(EXAMPLES)).filter(
      (name) => name.endsWith('.yaml') && name !== 'config.yaml',
    );
    expect(files).toEqual(
      expect.arrayContaining([
        'attach.yaml',
        'batching.yaml',
        'cache-base.yaml',
        'cache.yaml',
        'engines.yaml',
        'gpu.yaml',
        'kv-cache.yaml',
        'open-loop.yaml',
        'precise.yaml',
        'prefix-caching.yaml',
        'prompts.yaml',
        'quickstart.yaml',
        'search.yaml',
        'speculative.yaml',
        'trace.yaml',
      ]),
    );
    for (const file of files) {
      const { code, stdout, stderr } = await place.llem(['plan', join(EXAMPLES, file)]);
      expect(stderr).toBe('');
      expect(code).toBe(0);
      expect(stdout).not.toContain('Skipped');
      if (file === 'precise.yaml') expect(stdout).toMatch(PRECISE);
    }
  }, 60_000);

  it('keep the names of the experiments of the quickstart', async () => {
    const { stdout } = await place.llem(['plan', join(EXAMPLES, 'quickstart.yaml')]);
    for (const name of ['511e7f252c82', '54b2c9340d1a', '3a91963a94c3']) expect(stdout).toContain(name);
  });
});
