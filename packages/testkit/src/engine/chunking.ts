/** In what pieces a streamed answer leaves: what an event holds, how it is written down, and where it is cut. */
import { z } from 'zod';

const every = z.int().min(1);

export const chunkingSchema = z
  .strictObject({
    tokensPerEvent: z
      .union([every, z.array(every).min(1)])
      .default(1)
      .describe('Tokens of an event; a list is gone through again and again.'),
    eventsPerWrite: every
      .default(1)
      .describe('Events that leave together, as one HTTP chunk, when the last of their tokens is due.'),
    httpChunk: z
      .union([z.enum(['write', 'event']), every])
      .default('write')
      .describe('What an HTTP chunk holds: a write, an event, or this many bytes of whatever comes.'),
    framing: z
      .enum(['chunked', 'content-length', 'close'])
      .default('chunked')
      .describe('How the end of the body is told.'),
    chunkExtension: z.boolean().default(false).describe('Sizes of HTTP chunks have an extension.'),
    trailers: z.boolean().default(false).describe('Fields follow the last HTTP chunk.'),
    cut: z
      .union([z.literal('random'), every])
      .nullable()
      .default(null)
      .describe(
        'Bytes leave in so many at a time, or in seeded lengths of 1 to 64, each in a write of its own.',
      ),
    lineEnd: z.enum(['lf', 'crlf', 'cr']).default('lf').describe('Of the lines of events.'),
    space: z.boolean().default(true).describe('A space after `data:`.'),
    eventName: z.boolean().default(false).describe('An `event:` line in each event.'),
    eventId: z.boolean().default(false).describe('An `id:` line in each event.'),
    commentEvery: every.nullable().default(null).describe('`: ping` before every nth event.'),
    pingMs: z
      .number()
      .positive()
      .nullable()
      .default(null)
      .describe('`: ping` so often while a request waits or runs.'),
    pretty: z.boolean().default(false).describe('JSON over several lines, each a `data:` line of the event.'),
    shuffleKeys: z.boolean().default(false).describe('Keys of each object in a seeded order.'),
    escapeUnicode: z.boolean().default(false).describe('All but ASCII as \\u escapes.'),
    texts: z
      .array(z.string())
      .min(1)
      .default([' a'])
      .describe('Text of each token; gone through again and again.'),
    emptyTextEvery: every
      .nullable()
      .default(null)
      .describe('Every nth event has its tokens, but no text, as when a character is not whole yet.'),
    firstChunk: z
      .enum(['none', 'at-start', 'with-first-token'])
      .default('none')
      .describe(
        'An event without a token or text (chat: the role), when the slot starts or before the first token.',
      ),
    reasoningTokens: z
      .int()
      .min(0)
      .default(0)
      .describe('The first so many tokens of a chat are reasoning_content.'),
    finishReason: z
      .enum(['own-chunk', 'last-token'])
      .default('own-chunk')
      .describe('Which event tells why the answer ended.'),
    done: z.boolean().default(true).describe('`[DONE]` at the end.'),
  })
  .describe('In what pieces a streamed answer leaves.');

export const usageSchema = z
  .enum(['final', 'last-choice', 'continuous', 'null-until-last', 'none'])
  .describe(
    'Where usage stands, when it is asked for: in an event of its own with empty choices; in the event with the finish_reason; ' +
      'cumulative in each event; as null in each before that of its own; nowhere.',
  );

export type Chunking = z.output<typeof chunkingSchema>;
export type UsageMode = z.output<typeof usageSchema>;

/** Tokens of the event with this number. */
export function tokensOfEvent({ tokensPerEvent }: Chunking, event: number): number {
  if (typeof tokensPerEvent === 'number') return tokensPerEvent;
  return tokensPerEvent[event % tokensPerEvent.length] ?? 1;
}

/** Tokens of the events that leave together from this one on. */
export function tokensOfWrite(chunking: Chunking, fromEvent: number): number {
  const { tokensPerEvent, eventsPerWrite } = chunking;
  if (typeof tokensPerEvent === 'number') return tokensPerEvent * eventsPerWrite;
  let tokens = 0;
  for (let event = 0; event < eventsPerWrite; event += 1)
    tokens += tokensOfEvent(chunking, fromEvent + event);
  return tokens;
}
