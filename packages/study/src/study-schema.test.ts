import { defineOptions, isJsonObject, type JsonObject } from '@llem/core';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { catalog, HEAD, load } from './fixture.js';
import { properties } from './schema-walk.js';
import { studyJsonSchema } from './study-schema.js';

/** Known dotted paths have a schema of their own beside the pattern that lets all of them through. */
const STRICT = { strict: true, allowUnionTypes: true, allowMatchingProperties: true };
const schema = studyJsonSchema(catalog);
const validate = new Ajv2020({ ...STRICT, allErrors: true }).compile(schema);
const isValid = (text: string) => validate(parse(text));

const STUDIES = [
  HEAD,
  `${HEAD}workload: { concurrency: 32, input_tokens: 512, output_tokens: 256 }
measure: { min_seconds: 30, idle_bare_s: 10, settle_s: 5, idle_loaded_s: 10, warmup: { max_s: 180 } }
runners: { llamacpp: docker, sim: "docker:lmsysorg/sglang:v0.5.17-cu130" }
devices: all
llamacpp: { threads: 3, kv.type: f16 }
sweep:
  llamacpp.threads: [1, 2]
  workload.concurrency: [1, 8, 32]
  llamacpp.flags.a.b: [1]
  runner: [local, { type: docker, image: x }]
  measure: { warmup: { max_s: [1, 2] } }
experiments:
  - { backend: sim, sim.rate: 3 }
  - { workload: { seed: 1 }, measure.warmup.max_s: 2 }
execution: { cycles: 5, order: shuffled, gaps.between_runs_s: 10, timeout_s: 900 }
energy: { meters: [rapl, { type: rapl, zones: [x] }], require: measured }
`,
  'name: t\nworkload.seed: 1\nsweep: { backend: [sim], model: [a, b], sim: [{ rate: 1 }, { rate: 2 }] }\n',
  'name: t\nsweep: { backend: [sim], model: [a], sim: { rate: [1, 2] } }\n',
  `${HEAD}workload: { arrival: { process: poisson }, slo: { attainment: 0.9 }, dataset: { type: jsonl } }
sweep:
  workload.arrival.rate: [1, 2]
  workload.arrival.process: [poisson, constant]
  workload.slo: { ttft_ms: [100, 200] }
  workload.input_tokens: [128, { distribution: uniform, min: 64, max: 256 }]
  workload.dataset.path: [a]
`,
  `${HEAD}sweep: { workload: { concurrency: { from: 1, to: 8, steps: 3, scale: log } }, measure.settle_s: { from: 0, to: 1, steps: 3 } }
groups: { a: [{ llamacpp.threads: [1, 2], workload: { seed: 3 } }, {}] }
execution.max_experiments: 3000
`,
  `${HEAD}workload: { concurrency: 8, search: null }
experiments: [{ workload: { concurrency: null, search: { slo.ttft_ms: 9, from: 1, to: 8 } } }]
`,
];

describe('the JSON Schema of a study', () => {
  test.each(STUDIES)('accepts what is a study (%#)', (text) => {
    expect(load(text).points.length).toBeGreaterThan(0);
    isValid(text);
    expect(validate.errors ?? []).toEqual([]);
  });

  test.each([
    'model: m\n',
    `${HEAD}workload: { concurency: 1 }\n`,
    `${HEAD}llamacpp: { treads: 1 }\n`,
    `${HEAD}groups: {}\n`,
    `${HEAD}groups: { a: {} }\n`,
    `${HEAD}groups: { a: [{ modell: x }] }\n`,
    `${HEAD}base: [x]\n`,
    `${HEAD}sweep: { workload.seed: { from: 1, to: 8 } }\n`,
    `${HEAD}workload: { concurrency: many }\n`,
    `${HEAD}sweep: { workload.concurrency: [many] }\n`,
    `${HEAD}sweep: { workload.concurrency: [] }\n`,
    `${HEAD}sweep: {}\n`,
    `${HEAD}workload: { arrival: { process: posson, rate: 1 } }\n`,
    `${HEAD}workload: { slo: { ttft: 1 } }\n`,
    `${HEAD}workload: { input_tokens: { distribution: uniform, mean: 1 } }\n`,
    `${HEAD}sweep: { workload.arrival.rate: [0] }\n`,
    `${HEAD}experiments: [{ llamacpp: { kv: { type: q5 } } }]\n`,
    'name: t\nmodel: m\nbackend: vlm\n',
  ])('flags what an editor can see (%#)', (text) => {
    expect(isValid(text)).toBe(false);
  });

  test('describes every setting', () => {
    const undescribed = (at: JsonObject, path: string): string[] =>
      Object.entries(properties(at)).flatMap(([key, inner]) => {
        if (!isJsonObject(inner)) return [`${path}${key}`];
        const isDescribed = inner['description'] !== undefined || inner['$ref'] !== undefined;
        return [...(isDescribed ? [] : [`${path}${key}`]), ...undescribed(inner, `${path}${key}.`)];
      });
    expect(undescribed(schema, '').filter((path) => !path.startsWith('sweep.'))).toEqual([]);
  });

  test('keeps the references inside the section of a backend intact', () => {
    interface Tree {
      readonly [key: string]: Tree | number;
    }
    const tree: z.ZodType<Tree> = z.lazy(() => z.record(z.string(), z.union([tree, z.number()])));
    const recursive = defineOptions(z.strictObject({ tree }));
    const check = new Ajv2020(STRICT).compile(
      studyJsonSchema({ backends: new Map([['llamacpp', recursive]]) }),
    );
    expect(check(parse(`${HEAD}llamacpp: { tree: { a: { b: 1 } } }`))).toBe(true);
    expect(check(parse(`${HEAD}llamacpp: { tree: { a: { b: x } } }`))).toBe(false);
  });
});
