/** preflight.json: what each invocation found before it measured anything. Replaced whole; it decides nothing. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { errnoOf } from './failure.js';
import { FILES } from './layout.js';

const findingSchema = z.object({
  /** Of the check, dotted. */
  id: z.string(),
  status: z.enum(['ok', 'warning', 'failed']),
  message: z.string(),
  /** Empty when `ok`. */
  remedy: z.string(),
  absent: z.literal(true).optional(),
});

const preflightEntrySchema = z.object({
  /** When it was found; ISO 8601, UTC. */
  at: z.string(),
  /** Version of llem. */
  llem: z.string(),
  /** The command as it was typed. */
  command: z.array(z.string()),
  /** True with --skip-preflight: nothing was looked at. */
  skipped: z.boolean(),
  findings: z.array(findingSchema),
});

export const preflightSchema = z.object({
  schema: z.literal('llem.preflight/1'),
  /** `llem run`, then every `llem resume`, those included that ended for what they found. */
  invocations: z.array(preflightEntrySchema),
});

export type PreflightEntry = z.output<typeof preflightEntrySchema>;
export type PreflightFile = z.output<typeof preflightSchema>;

export function preflightFile(invocations: readonly PreflightEntry[]): PreflightFile {
  return { schema: 'llem.preflight/1', invocations: [...invocations] };
}

/** The entries in a result directory: none where an older llem has made it, null where the file cannot be used. */
export async function readPreflight(dir: string): Promise<PreflightEntry[] | null> {
  try {
    const text = await readFile(join(dir, FILES.preflight), 'utf8');
    return preflightSchema.safeParse(JSON.parse(text)).data?.invocations ?? null;
  } catch (error) {
    return errnoOf(error) === 'ENOENT' ? [] : null;
  }
}
