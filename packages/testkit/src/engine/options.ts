/** What a simulated engine does, and what it does wrong. */
import { z } from 'zod';

const count = z.int().min(0);

/** Every fault is off unless it is named. */
export const faultsSchema = z
  .strictObject({
    'exit-at-start': z.int().min(0).max(255).optional().describe('Ends with this code before it listens.'),
    'hang-at-start': z.boolean().optional().describe('Listens, and says for ever that it is loading.'),
    'slow-start': count.optional().describe('Milliseconds in which it says that it is loading.'),
    'exit-after-tokens': count
      .optional()
      .describe('Ends with code 1 after this many tokens of all requests together.'),
    'hang-after-tokens': count
      .optional()
      .describe('Sends nothing more after this many tokens of all requests together.'),
    'answer-500': z
      .int()
      .min(1)
      .optional()
      .describe('Answers every nth request with an error; 1 is every request.'),
    'cut-stream': count.optional().describe('Closes the connection after this many tokens of a request.'),
    'short-output': count.optional().describe('Ends each answer this many tokens early.'),
    'wrong-usage': z.int().optional().describe('Adds this to the output tokens that it reports.'),
    'ignore-sigterm': z.boolean().optional().describe('Lives on after SIGTERM and SIGINT.'),
    'flood-log': count.optional().describe('Writes this many bytes to its log when it starts.'),
  })
  .describe('Faults.');

export const engineOptionsSchema = z.strictObject({
  host: z.string().default('127.0.0.1'),
  port: z.int().min(0).max(65_535).default(0).describe('0 takes a free one.'),
  model: z.string().default('simulated'),
  slots: z.int().min(1).default(8).describe('Requests that run at once; others wait in a queue.'),
  ttftMs: z.number().min(0).default(2).describe('From the start in a slot to the first token.'),
  itlMs: z.number().min(0).default(1).describe('From one token to the next.'),
  eosAfterTokens: z
    .int()
    .min(1)
    .nullable()
    .default(null)
    .describe('Where an answer ends by itself unless the request says ignore_eos; null: never.'),
  contextPerSlot: z
    .int()
    .min(1)
    .nullable()
    .default(null)
    .describe('Tokens of prompt and answer; null: no limit.'),
  faults: faultsSchema.prefault({}),
});

export type EngineOptions = z.output<typeof engineOptionsSchema>;
export type EngineOptionsInput = z.input<typeof engineOptionsSchema>;
