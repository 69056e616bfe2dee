/** What the running engine tells of itself. It goes into the record, so that a result says what it was measured on. */
import { llemError, type Endpoint, type EngineDifference, type EngineFacts } from '@llem/core';
import { z } from 'zod';
import type { Options } from './options.js';

const propertiesSchema = z.object({ version: z.string(), slots: z.int(), context: z.int() });

/** Throws LLEM_E_START when the engine does not answer; one that answers otherwise than expected just tells nothing. */
export async function describeEngine(
  options: Options,
  { baseUrl }: Endpoint,
  signal: AbortSignal,
): Promise<EngineFacts> {
  const answer = await fetch(`${baseUrl}/props`, { signal })
    .then((response) => response.text())
    .catch((cause: unknown) => {
      signal.throwIfAborted();
      throw llemError('LLEM_E_START', `The engine at ${baseUrl} does not answer.`, {
        remedy: 'Read the end of its log: it may have ended.',
        cause,
      });
    });
  const read = propertiesSchema.safeParse(jsonOf(answer));
  if (!read.success) return { version: null, details: {}, kvCacheTokens: null, differences: [] };
  const { version, slots, context } = read.data;
  return {
    version,
    details: { slots, context },
    kvCacheTokens: slots * context,
    // Engines change what they are asked for, to fit the device for example. llem says so beside the results.
    differences: [
      ...different('slots', options.slots, slots),
      ...different('context', options.context, context),
    ],
  };
}

const different = (name: string, asked: number, actual: number): EngineDifference[] =>
  asked === actual ? [] : [{ option: `PLUGIN_ID.${name}`, asked, actual }];

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
