/** What cannot work has to be known before anything starts, of whatever a study may ask. */
import {
  createInstance,
  experimentSettingsSchema,
  toJsonSchema,
  workloadSchema,
  type Backend,
  type Experiment,
  type PlanFacts,
  type Violation,
} from '@llem/core';
import type { z } from 'zod';
import { hasFreeEntries, namedOptions, possibleValues, withValue } from '../package/option-schema.js';
import { deepFrozen, demandSame, shortened } from '../package/plain.js';
import { demand, type Rule } from '../rule.js';
import { experimentOf, experimentWith, optionsSchema, SOME_FACTS, type BackendSubject } from './subject.js';

/** Loads at the edges of what a study may ask for. */
const WORKLOADS: readonly z.input<typeof workloadSchema>[] = [
  {},
  { api: 'chat' },
  { api: 'chat', turns: 1_000, ignore_eos: false },
  { input_tokens: 1, output_tokens: 1, concurrency: 1 },
  { input_tokens: 10_000_000, output_tokens: 10_000_000, concurrency: 65_536 },
  { input_tokens: { distribution: 'uniform', min: 1, max: 10_000_000 }, shared_prefix_tokens: 1 },
  { arrival: { process: 'poisson', rate: 1_000_000 } },
  { arrival: { process: 'trace' }, dataset: { type: 'trace', path: 'trace.jsonl' } },
  { search: { slo: { ttft_ms: 1 }, from: 1, to: 1_000_000 } },
  { search: { slo: { itl_ms: 1 }, from: 0.1, to: 0.2 }, arrival: { process: 'constant' } },
  { dataset: 'a-data-set-that-nobody-has' },
];

/** What else an experiment may be like. */
const CHANGES: readonly Partial<Experiment>[] = [
  { model: 'x' },
  { model: '/nowhere/model' },
  { model: 'a/b/c:d@e é' },
  { devices: 'all' },
  { devices: 'none' },
  { devices: [0] },
  { devices: [0, 1, 2, 3, 4, 5, 6] },
  { devices: ['GPU-00000000-0000-0000-0000-000000000000', 4_294_967_295] },
  { runner: 'docker:an/image:tag' },
  { runner: { type: 'a-runner-that-nobody-has', option: null } },
];

const FACTS: readonly PlanFacts[] = [
  SOME_FACTS,
  { ...SOME_FACTS, model: {} },
  {
    ...SOME_FACTS,
    model: { architectures: null, num_attention_heads: 'x', hidden_size: -1, text_config: [] },
  },
  { platform: 'darwin', arch: 'arm64', logicalCpus: 1, memoryBytes: 1, model: null },
  { platform: '', arch: '', logicalCpus: 0, memoryBytes: 0, model: { max_position_embeddings: 0 } },
].map(deepFrozen);

interface Case {
  readonly backend: Backend;
  readonly experiment: Experiment;
  readonly facts: PlanFacts;
  /** What differs from a usual experiment, in words. */
  readonly what: () => string;
}

/** What came of a case: what `constraints` gives, or the error it throws. */
type Verdict = { readonly violations: readonly Violation[] } | { readonly error: unknown };

/** A case, judged twice. */
interface Judged {
  readonly what: () => string;
  readonly verdicts: readonly [Verdict, Verdict];
}

/** One thing at a time is unusual, in every way that the options take. */
function casesOf(subject: BackendSubject): Case[] {
  const { backend } = subject;
  const usual = experimentOf(subject);
  const experiments = [
    ...WORKLOADS.map((workload) => ({
      experiment: experimentOf(subject, workload),
      what: () => shortened(workload),
    })),
    ...CHANGES.map((changes) => ({
      experiment: experimentOf(subject, {}, changes),
      what: () => shortened(changes),
    })),
  ];
  const { options } = subject.module;
  const withOptions = namedOptions(options.jsonSchema)
    .filter(({ isInEntry }) => !isInEntry)
    .flatMap(({ path, schema }) =>
      possibleValues(schema).flatMap((value): Case[] => {
        const taken = options.parse(withValue(subject.options, path, value));
        const resolved = taken.ok ? optionsSchema.safeParse(taken.value) : null;
        if (!resolved?.success) return [];
        return [
          {
            backend: createInstance('backend', subject.id, subject.module, subject.context, resolved.data),
            experiment: experimentWith(usual, resolved.data),
            facts: SOME_FACTS,
            what: () => `${subject.id}.${path.join('.')} = ${shortened(value, 60)}`,
          },
        ];
      }),
    );
  return [
    ...experiments.map((each) => ({ ...each, backend, facts: SOME_FACTS })),
    ...FACTS.map((facts) => ({
      backend,
      experiment: usual,
      facts,
      what: () => `facts ${shortened(facts)}`,
    })),
    ...withOptions,
  ];
}

function verdictOf({ backend, experiment, facts }: Case): Verdict {
  try {
    return { violations: backend.constraints(experiment, facts) };
  } catch (error) {
    return { error };
  }
}

const judged = new WeakMap<BackendSubject, readonly Judged[]>();

/** Every case, judged once for all rules: there are thousands of them. */
function judgedCases(subject: BackendSubject): readonly Judged[] {
  const known = judged.get(subject);
  if (known) return known;
  const all = casesOf(subject).map((each): Judged => ({
    what: each.what,
    verdicts: [verdictOf(each), verdictOf(each)],
  }));
  judged.set(subject, all);
  return all;
}

/** Null where it threw, which a rule of its own tells. */
const violationsOf = (verdict: Verdict) => ('error' in verdict ? null : verdict.violations);

/** Settings that a study can have at its top, and in this backend's section; `free` have entries of the user's own. */
function knownPaths({ id, module }: BackendSubject) {
  const { jsonSchema } = module.options;
  const all = [
    ...namedOptions(toJsonSchema(experimentSettingsSchema)),
    { path: [id], schema: jsonSchema },
    ...namedOptions(jsonSchema).map(({ path, schema }) => ({ path: [id, ...path], schema })),
  ].map(({ path, schema }) => ({ path: path.join('.'), schema }));
  return {
    named: new Set(all.map(({ path }) => path)),
    free: all.filter(({ schema }) => hasFreeEntries(schema)).map(({ path }) => path),
  };
}

export const CONSTRAINT_RULES: readonly Rule<BackendSubject>[] = [
  {
    id: 'backend.constraints.total',
    title: '`constraints` judges every experiment that a study may ask for, and throws nothing',
    check: (subject) => {
      for (const { what, verdicts } of judgedCases(subject)) {
        for (const verdict of verdicts) {
          if (!('error' in verdict)) continue;
          throw new Error(
            `\`constraints\` throws ${String(verdict.error)} for ${what()}. Return violations, leave what it is given as it is, and expect any value that a study may have.`,
            { cause: verdict.error },
          );
        }
      }
      return Promise.resolve();
    },
  },
  {
    id: 'backend.constraints.violations',
    title: 'a violation names a setting that a study can have, and says what is wrong',
    check: (subject) => {
      const { named, free } = knownPaths(subject);
      for (const { what, verdicts } of judgedCases(subject)) {
        for (const { path, message } of violationsOf(verdicts[0]) ?? []) {
          demand(
            named.has(path) ||
              free.some((name) => path.startsWith(`${name}.`) || path.startsWith(`${name}[`)),
            () =>
              `\`constraints\` names ${shortened(path)} for ${what()}, which is no setting. Give a dotted path such as workload.input_tokens or ${subject.id}.an_option.`,
          );
          demand(
            typeof message === 'string' && message.trim() !== '',
            () =>
              `A violation of ${path} for ${what()} has no message. Say what is wrong and what would be right.`,
          );
        }
      }
      return Promise.resolve();
    },
  },
  {
    id: 'backend.constraints.same',
    title: '`constraints` gives the same for the same experiment',
    check: (subject) => {
      for (const { what, verdicts } of judgedCases(subject)) {
        const [first, second] = verdicts.map(violationsOf);
        demandSame(() => `What \`constraints\` gives for ${what()}`, first, second);
      }
      return Promise.resolve();
    },
  },
];
