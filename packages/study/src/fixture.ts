/** A catalog of two engines and the ways that the tests go through; no part of the package. */
import {
  defineOptions,
  isLlemError,
  type Experiment,
  type OptionsSchema,
  type Plan,
  type Violation,
} from '@llem/core';
import { z } from 'zod';
import type { StudyCatalog } from './catalog.js';
import { planStudy } from './plan.js';
import { loadStudy, type Study } from './study.js';

/** An engine with nested settings, and one kind of free keys: flags, whose names may have dots. */
const llamacpp = defineOptions(
  z
    .strictObject({
      threads: z.int().min(1).default(4).describe('Threads of the engine.'),
      parallel: z.int().min(1).default(8).describe('Sequences at once.'),
      kv: z
        .strictObject({ type: z.enum(['f16', 'q8_0']).default('f16').describe('Type of the cache.') })
        .prefault({}),
      flags: z
        .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
        .default({})
        .describe('More flags.'),
    })
    .describe('llama.cpp.'),
);

/** An engine that needs a setting, has one rule over two of them, and takes any JSON under `extra`. */
const sim = defineOptions(
  z
    .strictObject({
      rate: z.number().describe('Tokens in a second.'),
      burst: z.number().default(0),
      extra: z.record(z.string(), z.json()).default({}),
    })
    .refine(({ rate, burst }) => burst <= rate, { path: ['burst'], error: 'must not be over rate' })
    .describe('A simulated engine.'),
);

export const catalog: StudyCatalog = {
  backends: new Map<string, OptionsSchema>([
    ['llamacpp', llamacpp],
    ['sim', sim],
  ]),
  runners: new Map<string, OptionsSchema>([
    ['local', defineOptions(z.strictObject({}))],
    ['docker', defineOptions(z.strictObject({ image: z.string().min(1).optional() }))],
  ]),
  datasets: new Map<string, OptionsSchema>([
    ['synthetic', defineOptions(z.strictObject({}))],
    [
      'jsonl',
      defineOptions(
        z.strictObject({ path: z.string().describe('The file.'), allow_repeat: z.boolean().default(false) }),
      ),
    ],
  ]),
  meters: new Map([['rapl', defineOptions(z.strictObject({ zones: z.array(z.string()).optional() }))]]),
};

export const HEAD = 'name: t\nmodel: llem/tiny-1m\nbackend: llamacpp\n';

export function load(text: string) {
  return loadStudy({ text, path: 'study.yaml' }, catalog);
}

/** A study apart from where its settings are written, to be compared with another spelling of it. */
export function withoutOrigins(study: Study): Study {
  return { ...study, origins: {} };
}

/** The lines of the error that a study is refused with. */
export function problemsOf(text: string): string[] {
  return linesOf(() => load(text));
}

export function linesOf(act: () => unknown): string[] {
  try {
    act();
  } catch (error) {
    if (isLlemError(error) && error.code === 'LLEM_E_STUDY') return error.message.split('\n');
    throw error;
  }
  return [];
}

/** Plans on a machine on which more than 16 threads are impossible. */
export function plan(study: ReturnType<typeof load>): Plan {
  return planStudy(study, {
    createBackend: () => ({ constraints: tooManyThreads }),
    host: { platform: 'linux', arch: 'x64', logicalCpus: 16, memoryBytes: 1e9 },
  });
}

function tooManyThreads({ options }: Experiment): Violation[] {
  const { threads } = options;
  return typeof threads === 'number' && threads > 16
    ? [{ path: 'llamacpp.threads', message: `${threads} threads on 16 processors` }]
    : [];
}

export function planOf(text: string): Plan {
  return plan(load(text));
}

/** The error of the catalogue that something throws, as one line. */
export function errorOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (isLlemError(error)) return `${error.code}: ${error.message} ${error.remedy}`;
    throw error;
  }
  return 'no error';
}
