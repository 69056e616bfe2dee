/** What llem relies on in the answers of plugins, by kind and function. An answer that lacks it would fail far from its author. */
import type { PluginInstances, PluginKind } from '@llem/core';
import { z } from 'zod';

const text = z.string();
const texts = z.array(text);
const textByName = z.record(text, text);
const func = z.custom((value) => typeof value === 'function', 'expected a function');
const json = z.record(text, z.json());
const checks = z.array(z.looseObject({ id: text, title: text, run: func }));
const jsonPath = z.array(z.union([text, z.number()]));
const target = z.looseObject({ host: text, port: z.int() });

type Answers = { readonly [K in PluginKind]: Readonly<Partial<Record<keyof PluginInstances[K], z.ZodType>>> };

export const ANSWERS: Answers = {
  backend: {
    constraints: z.array(z.looseObject({ path: text, message: text })),
    prepare: z.looseObject({
      modelRef: text,
      model: z.looseObject({
        name: text,
        revision: text.nullable(),
        weightsHash: text.nullable(),
        tokenizerRevision: text.nullable(),
        randomWeights: z.boolean(),
        parameters: z.number().nullable(),
        contextLength: z.number().nullable(),
        promptTokenIds: z.looseObject({ first: z.int(), last: z.int() }).nullable(),
        tokenizerPath: text.nullable(),
      }),
    }),
    service: z.looseObject({
      command: z.tuple([text], text),
      env: textByName,
      target,
      readiness: z.looseObject({ path: text, intervalMs: z.number() }),
      stopGraceS: z.number(),
      files: z.array(z.looseObject({ path: text, content: text })).optional(),
      container: z.looseObject({ image: text, mounts: z.array(z.looseObject({})) }).optional(),
    }),
    dialect: z.looseObject({
      path: text,
      headers: textByName,
      body: json,
      stream: z.looseObject({
        done: text,
        text: z.array(jsonPath),
        finishReason: jsonPath,
        error: jsonPath,
        eventPerToken: z.boolean(),
        usage: z.looseObject({ input: jsonPath, output: jsonPath, cachedInput: jsonPath }),
      }),
    }),
    describe: z.looseObject({
      version: text.nullable(),
      details: json,
      kvCacheTokens: z.number().nullable(),
      differences: z.array(z.looseObject({ option: text })),
    }),
    checks,
    diagnose: z.looseObject({ class: text, message: text, remedy: text }).nullable(),
  },
  runner: {
    checks,
    trials: checks,
    target,
    start: z.looseObject({
      endpoint: z.looseObject({ baseUrl: text }),
      facts: json,
      exited: z.custom((value) => value instanceof Promise, 'expected a promise'),
      processes: func,
      stop: func,
    }),
  },
  meter: {
    checks,
    devices: z.array(z.looseObject({ id: text, scope: text, name: text, facts: json, overlaps: texts })),
    channels: z.array(
      z.looseObject({
        deviceId: text,
        quantity: text,
        measured: z.boolean(),
        minPeriodMs: z.number(),
        resolution: z.number(),
        accuracyRel: z.number(),
      }),
    ),
  },
  dataset: {
    prepare: z.looseObject({
      revision: text.nullable(),
      hash: text.nullable(),
      prompts: z.number().nullable(),
      sharedPrefix: z.boolean(),
      repeats: z.boolean(),
      records: z
        .looseObject({ read: z.int(), used: z.int(), shortened: z.int(), measured: z.boolean() })
        .nullable(),
    }),
  },
};
