/** What a simulated engine does, and what it does wrong. */
import { z } from 'zod';
import { chunkingSchema, usageSchema } from './chunking.js';

const count = z.int().min(0);
const milliseconds = z.number().min(0);
const watts = z.number().min(0);

/** What a real engine fails of before it serves, and says so in its log. */
const startFailureSchema = z.enum(['out-of-memory', 'out-of-kv-memory', 'gated-model']);
export type StartFailure = z.output<typeof startFailureSchema>;

/** Every fault is off unless it is named. */
export const faultsSchema = z
  .strictObject({
    'exit-at-start': z.int().min(0).max(255).optional().describe('Ends with this code before it listens.'),
    'fails-at-start': startFailureSchema
      .optional()
      .describe(
        'Ends with code 1 before it listens, and the log that the server for which it stands has then: no room for the weights, none for the KV cache, or a model that wants a permission.',
      ),
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
    'close-port-after-tokens': count
      .optional()
      .describe(
        'Lives on without its port and its connections after this many tokens of all requests together.',
      ),
    'cut-stream': count.optional().describe('Closes the connection after this many tokens of a request.'),
    'short-output': count.optional().describe('Ends each answer this many tokens early.'),
    'wrong-usage': z.int().optional().describe('Adds this to the output tokens that it reports.'),
    'ignore-sigterm': z.boolean().optional().describe('Lives on after SIGTERM and SIGINT.'),
    'flood-log': count.optional().describe('Writes this many bytes to its log when it starts.'),
    daemons: count
      .optional()
      .describe(
        'Leaves this many processes behind, each in a session of its own, without a parent and deaf to SIGTERM.',
      ),
    once: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Path of a file. Where it is missing the engine makes it and has its faults; where it is there it is well.',
      ),
    gzip: z.boolean().optional().describe('Streamed answers are compressed, though nobody asked.'),
    'metrics-404': z.boolean().optional().describe('Has no /metrics.'),
    'metrics-slow': count.optional().describe('Milliseconds that /metrics takes.'),
    'metrics-garbage': z.boolean().optional().describe('/metrics is not in the format of Prometheus.'),
    'reset-refused': z.boolean().optional().describe('Never empties its cache, and says so with 400.'),
    'reset-lies': z.boolean().optional().describe('Says that it has emptied its cache, and has not.'),
  })
  .describe('Faults.');

export const engineOptionsSchema = z
  .strictObject({
    host: z.string().default('127.0.0.1'),
    port: z.int().min(0).max(65_535).default(0).describe('0 takes a free one.'),
    tls: z
      .strictObject({ key: z.string(), cert: z.string() })
      .nullable()
      .default(null)
      .describe('PEM of a key and its certificate: https in place of http.'),
    token: z
      .string()
      .min(1)
      .nullable()
      .default(null)
      .describe('What stands under /v1 is answered with 401 unless it brings this bearer token.'),
    prefix: z
      .string()
      .regex(/^(\/[^/]+)*$/)
      .default('')
      .describe('What every path begins with, such as /llm behind a gateway; all others are not found.'),
    model: z.string().default('simulated'),
    slots: z.int().min(1).default(8).describe('Requests that run at once; others wait in a queue.'),
    ttftMs: milliseconds.default(2).describe('From the start in a slot to the first token.'),
    itlMs: milliseconds.default(1).describe('From one token to the next.'),
    prefillMsPerToken: milliseconds
      .default(0)
      .describe('Added to the time to the first token for each input token that is not in the cache.'),
    jitter: z
      .strictObject({
        ttft: z
          .number()
          .min(0)
          .max(1)
          .default(0)
          .describe('Part of ttftMs by which it varies to either side.'),
        itl: z
          .number()
          .min(0)
          .max(1)
          .default(0)
          .describe('Part of itlMs by which each gap varies to either side.'),
      })
      .prefault({})
      .describe('Uniform, from the seed and the number of the request.'),
    schedulesMs: z
      .array(z.array(milliseconds).min(1))
      .min(1)
      .nullable()
      .default(null)
      .refine(
        (schedules) =>
          schedules?.every((times) => times.every((at, index) => at >= (times[index - 1] ?? 0))) ?? true,
        'The times of a schedule ascend.',
      )
      .describe(
        'When each token leaves, from the start in a slot, instead of ttftMs; request n has schedule n modulo their number, tokens beyond its end follow by itlMs.',
      ),
    preemption: z
      .strictObject({ everyTokens: z.int().min(1), pauseMs: milliseconds })
      .nullable()
      .default(null)
      .describe('A request is set aside for a while after each so many tokens.'),
    precise: z
      .boolean()
      .default(false)
      .describe(
        'Tokens leave within some microseconds of their time, which takes a whole core; else within a timer tick of 1 ms.',
      ),
    seed: count.default(0).describe('Of everything that varies.'),
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
    kvTokens: z
      .int()
      .min(1)
      .nullable()
      .default(null)
      .describe('Tokens that fill the KV cache, for the share of it that /metrics tells; null: it tells 0.'),
    cache: z
      .strictObject({
        blockTokens: z.int().min(1).default(16).describe('Only whole blocks hit.'),
        capacityBlocks: z
          .int()
          .min(1)
          .nullable()
          .default(null)
          .describe('Beyond it the least recently used go; null: no limit.'),
      })
      .nullable()
      .default(null)
      .describe('A cache of prompt prefixes; null: none.'),
    gpu: z
      .strictObject({
        control: z.string().min(1).describe('Control file of a simulated NVIDIA driver.'),
        indices: z
          .array(count)
          .nullable()
          .default(null)
          .describe(
            'Which of its GPUs; null: those that CUDA_VISIBLE_DEVICES names by UUID, or all without it.',
          ),
        bareW: watts.default(60).describe('What each draws when the engine has ended.'),
        idleW: watts.default(90).describe('What each draws while the engine is up and nothing runs.'),
        slotW: watts.default(30).describe('What each draws more for every request that runs.'),
        memoryBytes: count.default(0).describe('Memory that the engine holds on each.'),
      })
      .nullable()
      .default(null)
      .describe('GPUs whose power follows the load; null: none.'),
    speculation: z
      .strictObject({
        draftTokens: z.int().min(1).describe('Tokens that are drafted in each step.'),
        acceptedTokens: count.describe('How many of them are kept in each step, for the metrics.'),
      })
      .nullable()
      .default(null)
      .describe('Speculative decoding; null: none. It changes metrics only.'),
    chunking: chunkingSchema.prefault({}),
    usage: usageSchema.default('final'),
    faults: faultsSchema.prefault({}),
  })
  .refine(
    ({ chunking, faults }) =>
      chunking.framing !== 'content-length' || (chunking.pingMs === null && faults.gzip !== true),
    'A length told beforehand cannot hold pings or gzip.',
  );

export type EngineOptions = z.output<typeof engineOptionsSchema>;
export type EngineOptionsInput = z.input<typeof engineOptionsSchema>;
