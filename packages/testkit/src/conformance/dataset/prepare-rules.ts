/** What a data set does before anything starts: it looks at its source, tells what it is, or refuses. */
import { isLlemError, workloadSchema, type DatasetRequest } from '@llem/core';
import { z } from 'zod';
import { settled } from '../settle.js';
import { deepFrozen, demandPlain, demandSame, shortened } from '../package/plain.js';
import { demand, type Rule } from '../rule.js';
import { prepared, requestOf, type DatasetSubject } from './subject.js';

/** Longest that `prepare` may go on once nobody wants it, in ms. */
const ABORT_LIMIT_MS = 5_000;
/** Longest that it may take to refuse, in ms. */
const REFUSAL_LIMIT_MS = 20_000;

const count = z.int().min(0);
const factsSchema = z.looseObject({
  revision: z.string().nullable(),
  hash: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'expected the 64 hex digits of a SHA-256')
    .nullable(),
  prompts: z
    .int()
    .min(1, 'expected at least one prompt: refuse with LLEM_E_PREPARE where there is none')
    .nullable(),
  sharedPrefix: z.boolean(),
  repeats: z.boolean(),
  records: z
    .looseObject({
      read: count,
      used: count,
      shortened: count,
      leftOut: z.record(z.string(), z.int().min(1)),
      measured: z.boolean(),
    })
    .nullable(),
});

/** Loads that not every data set can serve, and none has to; and a model of which nothing is known. */
function oddRequests(subject: DatasetSubject): DatasetRequest[] {
  const loads: z.input<typeof workloadSchema>[] = [
    { api: 'chat' },
    { api: 'chat', turns: 5 },
    { turns: 1_000 },
    { input_tokens: 1, output_tokens: 1 },
    { input_tokens: { distribution: 'lognormal', mean: 100, sd: 10_000, min: 1, max: 10_000 } },
    { input_tokens: 64, shared_prefix_tokens: 64 },
    { input_tokens: 64, shared_prefix_tokens: 32 },
    { arrival: { process: 'trace' } },
  ];
  const { model } = subject;
  const usual = requestOf(subject);
  const unknown = { ...model, promptTokenIds: null, tokenizerPath: null, contextLength: null };
  return [
    ...loads.map((load) => ({ ...usual, workload: workloadSchema.parse(load) })),
    { ...usual, model: unknown },
    { ...usual, model: { ...model, promptTokenIds: { first: 5, last: 5 } } },
    { ...usual, model: { ...model, tokenizerPath: '/nowhere/tokenizer.json' } },
    { ...usual, seed: 4_294_967_295 },
  ].map(deepFrozen);
}

export const PREPARE_RULES: readonly Rule<DatasetSubject>[] = [
  {
    id: 'dataset.prepare.facts',
    title: '`prepare` tells what the data set is, as plain data, and the same when it is asked again',
    check: async (subject) => {
      const facts = await prepared(subject);
      demandPlain('What `prepare` gives', facts);
      const [issue] = factsSchema.safeParse(facts).error?.issues ?? [];
      demand(
        issue === undefined,
        `\`prepare\` gives ${shortened(facts)}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}. See DatasetFacts in @llem/core.`,
      );
      demandSame('What `prepare` gives', facts, await prepared(subject));
    },
  },
  {
    id: 'dataset.prepare.records',
    title: 'of the records that were read each is used or left out for a reason',
    check: async (subject) => {
      const { records } = await prepared(subject);
      if (records === null) return;
      const { read, used, shortened: short, leftOut } = records;
      const out = Object.values(leftOut).reduce((sum, each) => sum + each, 0);
      demand(
        used + out === read && short <= used,
        `Of ${read} records ${used} are used, ${short} of them shortened, and ${out} left out. used and leftOut have to add up to read.`,
      );
    },
  },
  {
    id: 'dataset.prepare.progress',
    title: '`prepare` tells shares from 0 to 1 of its progress, and goes on whatever becomes of them',
    check: async (subject) => {
      const shares: number[] = [];
      await subject.dataset.prepare(requestOf(subject), new AbortController().signal, (share) =>
        shares.push(share),
      );
      demand(
        shares.every((share) => share >= 0 && share <= 1),
        `The shares that are done are told as ${shortened(shares)}. Tell 0 to 1.`,
      );
    },
  },
  {
    id: 'dataset.prepare.refuses',
    title: '`prepare` serves a load and a model, or refuses with LLEM_E_PREPARE and what to do',
    check: async (subject) => {
      for (const request of oddRequests(subject)) {
        const end = await settled(
          () => subject.dataset.prepare(request, new AbortController().signal, () => undefined),
          REFUSAL_LIMIT_MS,
        );
        if (end.how === 'value') continue;
        demand(
          end.how === 'error' &&
            isLlemError(end.error) &&
            end.error.code === 'LLEM_E_PREPARE' &&
            end.error.remedy.trim() !== '',
          `\`prepare\` ${end.told} for ${shortened(request, 600)}. Throw llemError('LLEM_E_PREPARE', message, { remedy }).`,
        );
      }
    },
  },
  {
    id: 'dataset.prepare.aborted',
    title: '`prepare` ends soon once it is interrupted',
    check: async (subject) => {
      const end = await settled(
        () => subject.dataset.prepare(requestOf(subject), AbortSignal.abort(), () => undefined),
        ABORT_LIMIT_MS,
      );
      demand(
        end.how !== 'late',
        `\`prepare\` goes on for more than ${ABORT_LIMIT_MS / 1_000} s after its signal was aborted. Look at the signal between records.`,
      );
    },
  },
];
