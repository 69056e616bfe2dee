/** The command line of the engine's process: written by the backend, read by the process. */
import { parseArgs } from 'node:util';
import { IN_WORDS } from '@llem/core';
import { z } from 'zod';
import { FLASH_ATTENTION, KV_TYPES } from '../options.js';
import { engineError } from './failure.js';

const count = z.coerce.number().int().min(1);

const settingsSchema = z.strictObject({
  model: z.string().min(1),
  /** The name that the model answers to. */
  alias: z.string().min(1),
  host: z.string().min(1),
  port: z.coerce.number().int().min(0).max(65_535),
  /** Null: half of the logical CPUs, at least one. */
  threads: count.nullable().default(null),
  sequences: count,
  /** Tokens that each sequence holds. */
  context: count,
  batchSize: count,
  flashAttention: z.enum(FLASH_ATTENTION),
  kvTypeK: z.enum(KV_TYPES),
  kvTypeV: z.enum(KV_TYPES),
  mmap: z.coerce.number().int().min(0).max(1),
});

export type EngineSettings = z.output<typeof settingsSchema>;

const KEYS = {
  model: 'model',
  alias: 'alias',
  host: 'host',
  port: 'port',
  threads: 'threads',
  sequences: 'sequences',
  context: 'context',
  batchSize: 'batch-size',
  flashAttention: 'flash-attention',
  kvTypeK: 'kv-type-k',
  kvTypeV: 'kv-type-v',
  mmap: 'mmap',
} as const satisfies Record<keyof EngineSettings, string>;

/** Settings as flags; a null is left out. */
export function engineFlags({ model, ...others }: EngineSettings): [string, ...string[]] {
  const values = new Map(Object.entries(others));
  const flags = Object.entries(KEYS).flatMap(([key, flag]) => {
    const value = values.get(key) ?? null;
    return value === null ? [] : [`--${flag}=${value}`];
  });
  return [`--${KEYS.model}=${model}`, ...flags];
}

/** Reads the flags. Throws an engine error of class `bad-arguments`. */
export function parseEngineFlags(argv: readonly string[]): EngineSettings {
  let values: Readonly<Record<string, unknown>>;
  try {
    values = parseArgs({
      args: [...argv],
      strict: true,
      options: Object.fromEntries(Object.values(KEYS).map((flag) => [flag, { type: 'string' as const }])),
    }).values;
  } catch (error) {
    throw engineError('bad-arguments', error instanceof Error ? error.message : String(error));
  }
  const given = Object.entries(KEYS).filter(([, flag]) => values[flag] !== undefined);
  const result = settingsSchema.safeParse(
    Object.fromEntries(given.map(([key, flag]) => [key, values[flag]])),
    IN_WORDS,
  );
  if (result.success) return result.data;
  const flags = new Map<PropertyKey, string>(Object.entries(KEYS));
  throw engineError(
    'bad-arguments',
    result.error.issues
      .map((issue) => `--${flags.get(issue.path[0] ?? '') ?? '?'}: ${issue.message}`)
      .join('; '),
  );
}
