/** The model: what is found of it, fetched or made. */
import { isAbsolute } from 'node:path';
import { isLlemError, type Artifacts } from '@llem/core';
import { z } from 'zod';
import { settled } from '../settle.js';
import { demandPlain, shortened } from '../package/plain.js';
import { demand, type Rule } from '../rule.js';
import { experimentOf, type BackendSubject } from './subject.js';

/** Longest that `prepare` may go on once nobody wants it, in ms. */
const ABORT_LIMIT_MS = 5_000;
/** Longest that a look at this machine may take, in ms. */
const LOOK_LIMIT_MS = 10_000;

/** Names that are none, and some that could be a way out of a folder. */
const ODD_MODELS = [
  '',
  ' ',
  '.',
  '..',
  '../..',
  '/',
  '/nowhere/at/all',
  'a',
  'a/b/c',
  'é\u0000',
  '~',
  '/dev/null',
  'x'.repeat(10_000),
];

const artifactsSchema = z.looseObject({
  modelRef: z.string().min(1),
  model: z.looseObject({
    name: z.string().min(1),
    revision: z.string().nullable(),
    weightsHash: z.string().nullable(),
    tokenizerRevision: z.string().nullable(),
    randomWeights: z.boolean(),
    parameters: z.number().positive().nullable(),
    contextLength: z.int().positive().nullable(),
    promptTokenIds: z.looseObject({ first: z.int().min(0), last: z.int().min(0) }).nullable(),
    tokenizerPath: z.string().refine(isAbsolute, 'expected an absolute path').nullable(),
  }),
});

export const PREPARE_RULES: readonly Rule<BackendSubject>[] = [
  {
    id: 'backend.local-model',
    title: '`localModel` throws nothing, whatever a model is called',
    leftOut: ({ backend }) => (backend.localModel ? null : 'the backend has no `localModel`'),
    check: ({ backend }) => {
      for (const model of ODD_MODELS) {
        const told = `\`localModel(${shortened(model, 60)})\``;
        let found: unknown;
        try {
          found = backend.localModel?.(model);
        } catch (error) {
          throw new Error(`${told} throws ${String(error)}. Return null.`, { cause: error });
        }
        demand(
          typeof found === 'object',
          `${told} gives ${shortened(found)}. Return the model's configuration, or null where it is not on this disk.`,
        );
      }
      return Promise.resolve();
    },
  },
  {
    id: 'backend.is-installed',
    title: '`isInstalled` says true or false, soon, and never rejects',
    leftOut: ({ backend }) => (backend.isInstalled ? null : 'the backend has no `isInstalled`'),
    check: async ({ backend }) => {
      const end = await settled(async () => backend.isInstalled?.(), LOOK_LIMIT_MS);
      demand(
        end.how === 'value' && typeof end.value === 'boolean',
        `\`isInstalled\` ${end.how === 'value' ? `gives ${shortened(end.value)}` : end.told}. Look whether the engine's program is there, and say true or false.`,
      );
    },
  },
  {
    id: 'backend.prepare.artifacts',
    title: '`prepare` tells of the model what the contract asks for, as plain data',
    leftOut: ({ given }) =>
      given.model === undefined ? 'no `model` was given that can be prepared without a network' : null,
    check: async (subject) => {
      const artifacts: Artifacts = await subject.backend.prepare(
        experimentOf(subject),
        new AbortController().signal,
      );
      demandPlain('What `prepare` gives', artifacts);
      const parsed = artifactsSchema.safeParse(artifacts);
      const [issue] = parsed.error?.issues ?? [];
      demand(
        issue === undefined,
        `\`prepare\` gives ${shortened(artifacts)}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}. See Artifacts in @llem/core; null is for what is not known.`,
      );
      const ids = artifacts.model.promptTokenIds;
      demand(ids === null || ids.first <= ids.last, `promptTokenIds ${shortened(ids)} is no range.`);
    },
  },
  {
    id: 'backend.prepare.refuses',
    title: 'a model that is not to be had is refused with LLEM_E_PREPARE and what to do',
    check: async (subject) => {
      const experiment = experimentOf(subject, {}, { model: '/nowhere/llem-conformance/model' });
      const end = await settled(
        () => subject.backend.prepare(experiment, new AbortController().signal),
        LOOK_LIMIT_MS,
      );
      // A backend that looks at no files has nothing to refuse.
      if (end.how === 'value') return;
      demand(
        end.how === 'error' &&
          isLlemError(end.error) &&
          end.error.code === 'LLEM_E_PREPARE' &&
          end.error.remedy !== '',
        `For a folder that does not exist \`prepare\` ${end.told}. Throw llemError('LLEM_E_PREPARE', message, { remedy }).`,
      );
    },
  },
  {
    id: 'backend.prepare.aborted',
    title: '`prepare` ends soon once it is interrupted',
    check: async (subject) => {
      const end = await settled(
        () => subject.backend.prepare(experimentOf(subject), AbortSignal.abort()),
        ABORT_LIMIT_MS,
      );
      demand(
        end.how !== 'late',
        `\`prepare\` goes on for more than ${ABORT_LIMIT_MS / 1_000} s after its signal was aborted. Hand the signal to whatever waits.`,
      );
    },
  },
];
