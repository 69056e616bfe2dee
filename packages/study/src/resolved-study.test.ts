import { describe, expect, test } from 'vitest';
import { estimateDurationS, estimateRunS } from './duration.js';
import { errorOf, HEAD, load, plan, planOf, withoutOrigins } from './fixture.js';
import { overrideStudy, resolvedStudyYaml } from './resolved-study.js';

const TEXT = `${HEAD}workload: { concurrency: 4 }
llamacpp.flags.a.b: "yes"
sweep:
  llamacpp.kv.type: [f16, q8_0]
  workload: [{ seed: 1 }, { seed: 2, input_tokens: 7 }]
  runner: [local, "docker:a/b:1", { type: docker, image: c }]
experiments:
  - { backend: sim, sim.rate: 1.5, sim.extra: { "x.y": [1, null, "012"] } }
runners: { sim: local }
`;

describe('what a command sets over a study', () => {
  test('is applied, and changes no id', () => {
    const study = overrideStudy(load(TEXT), { cycles: 5, order: 'sequential', noGaps: true });
    expect(study.execution).toMatchObject({
      cycles: 5,
      order: 'sequential',
      gaps: { between_runs_s: 0, between_cycles_s: 0 },
    });
    expect(plan(study).studyHash).toBe(planOf(TEXT).studyHash);
    expect(overrideStudy(study, {})).toEqual(study);
  });

  test('gives an adaptive study at least so many cycles, and its limit gives way to more', () => {
    const study = load(`${HEAD}execution: { precision: 0.02, max_cycles: 12 }`);
    expect(study.execution).toMatchObject({ cycles: 5, max_cycles: 12 });
    expect(overrideStudy(study, { cycles: 9 }).execution).toMatchObject({ cycles: 9, max_cycles: 12 });
    expect(overrideStudy(study, { cycles: 30 }).execution).toMatchObject({ cycles: 30, max_cycles: 30 });
    expect(errorOf(() => overrideStudy(study, { cycles: 4 }))).toContain(
      'LLEM_E_USAGE: --cycles 4: with precision expected at least 5.',
    );
    expect(errorOf(() => overrideStudy(study, { order: 'sequential' }))).toContain('--order "sequential": ');
  });

  test.each([
    [{ cycles: 0 }, '--cycles 0: '],
    [{ cycles: Number.NaN }, '--cycles '],
    [{ cycles: 2.5 }, '--cycles 2.5: '],
  ])('is refused when it cannot be: %j', (overrides, message) => {
    expect(errorOf(() => overrideStudy(load(HEAD), overrides))).toContain(`LLEM_E_USAGE: ${message}`);
  });
});

describe('the resolved study', () => {
  test('repeats: read again it gives the same plan, and itself', () => {
    const study = overrideStudy(load(TEXT), { cycles: 2, noGaps: true });
    const yaml = resolvedStudyYaml(study);
    expect(withoutOrigins(load(yaml))).toEqual(withoutOrigins(study));
    expect(plan(load(yaml))).toEqual(plan(study));
    expect(resolvedStudyYaml(load(yaml))).toBe(yaml);
  });

  test('says from where its relative paths are meant, whatever the folder is called, and keeps the ids', () => {
    const text = TEXT.replace('llem/tiny-1m', './m.gguf');
    const yaml = resolvedStudyYaml(load(text), { folder: '/home/a\nname: evil' });
    expect(yaml.split('\n')[0]).toBe('# Relative paths are meant from "/home/a\\nname: evil".');
    expect(plan(load(yaml))).toEqual(plan(load(text)));
  });

  test('holds the runners that were decided on elsewhere', () => {
    const yaml = resolvedStudyYaml(load(TEXT), { runners: { llamacpp: 'docker:x' } });
    expect(load(yaml).runners).toEqual({ llamacpp: 'docker:x', sim: 'local' });
  });
});

test('a resolved study that adds cycles repeats as it was', () => {
  const study = load(`${TEXT}execution: { precision: 0.02 }\n`);
  expect(load(resolvedStudyYaml(study)).execution).toEqual(study.execution);
  expect(study.execution).toMatchObject({ cycles: 5, max_cycles: 20 });
  expect(load(HEAD).execution).toMatchObject({ cycles: 3 });
});

describe('the expected duration', () => {
  const text = `${HEAD}measure: { min_seconds: 20, settle_s: 1, idle_loaded_s: 2, idle_bare_s: 4, warmup: { max_s: 3 } }
sweep: { workload.seed: [1, 2] }
execution: { cycles: 2, gaps: { between_runs_s: 6 } }
`;

  test('is the phases of every run, power looked at for twice settle_s, a pause between each two, and idle power once an hour', () => {
    const planned = planOf(text);
    expect(planned.experiments.map(estimateRunS)).toEqual([32, 32]);
    expect(estimateDurationS(planned)).toBe(4 * 32 + 3 * 6 + 2 + 4);
    const long = plan(overrideStudy(load(text), { cycles: 100, noGaps: true }));
    expect(estimateDurationS(long)).toBe(200 * 32 + 2 * (2 + 4));
  });

  test('is nothing for a plan without runs', () => {
    expect(estimateDurationS({ ...planOf(text), runs: [] })).toBe(0);
  });
});
