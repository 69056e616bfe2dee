/** The `workload` section: what is asked of the engine, how often, and what must hold. */
import { z } from 'zod';
import type { JsonValue } from './json.js';

const positiveInt = z.int().min(1);
const tokens = positiveInt.max(10_000_000);
const milliseconds = z.number().positive().max(86_400_000);
const ratePerS = z.number().positive().max(1_000_000);

/** Requests in flight of a closed loop that names none. */
const DEFAULT_CONCURRENCY = 8;

const spread = {
  mean: z
    .number()
    .positive()
    .describe('Mean, in tokens, before values outside of min and max are drawn again.'),
  sd: z.number().positive().describe('Standard deviation, in tokens.'),
  min: tokens.describe('Shortest, in tokens.'),
  max: tokens.describe('Longest, in tokens; the engine is given room for it.'),
};

/** A length in tokens, the same for every request or drawn for each from a distribution. */
export const lengthSchema = z.union(
  [
    tokens,
    z
      .discriminatedUnion('distribution', [
        z.strictObject({
          distribution: z.literal('uniform').describe('Every length from min to max alike.'),
          min: spread.min,
          max: spread.max,
        }),
        z.strictObject({ distribution: z.literal('normal').describe('Cut off at min and max.'), ...spread }),
        z.strictObject({
          distribution: z.literal('lognormal').describe('The same, with a long tail of long ones.'),
          ...spread,
        }),
      ])
      .refine((length) => length.min <= length.max, { path: ['max'], message: 'must not be less than min' })
      .refine(
        (length) =>
          length.distribution === 'uniform' || (length.mean >= length.min && length.mean <= length.max),
        {
          path: ['mean'],
          message: 'must lie between min and max',
        },
      ),
  ],
  {
    error:
      'expected a number of tokens, or a distribution such as { distribution: uniform, min: 64, max: 256 }',
  },
);

export const datasetChoiceSchema = z
  .union(
    [
      z.string().regex(/^[a-z][a-z0-9-]*$/, 'expected the name of a data set such as synthetic or jsonl'),
      z.object({ type: z.string().min(1) }).catchall(z.custom<JsonValue>((value) => value !== undefined)),
    ],
    { error: 'expected the name of a data set such as synthetic, or a mapping with `type` and its options' },
  )
  .describe(
    'Where prompts come from: synthetic, jsonl, sharegpt, aienergyscore, trace or one of a plugin, by name or as a mapping with `type` and its options.',
  );

const maxInFlight = positiveInt
  .max(65_536)
  .default(4_096)
  .describe(
    'Most requests in flight; those that are due beyond it wait in the client, which is their schedule delay.',
  );

/** When requests are sent, whether or not earlier ones have been answered. */
export const arrivalSchema = z.discriminatedUnion('process', [
  z.strictObject({
    process: z.literal('constant').describe('Equal gaps.'),
    rate: ratePerS.optional().describe('Requests a second. A search finds it.'),
    max_in_flight: maxInFlight,
  }),
  z.strictObject({
    process: z.literal('poisson').describe('Independent arrivals: exponential gaps.'),
    rate: ratePerS.optional().describe('Requests a second, on average. A search finds it.'),
    max_in_flight: maxInFlight,
  }),
  z.strictObject({
    process: z
      .literal('gamma')
      .describe('Gamma gaps: burstier than Poisson below a burstiness of 1, more even above it.'),
    rate: ratePerS.optional().describe('Requests a second, on average. A search finds it.'),
    burstiness: z
      .number()
      .min(0.01)
      .max(1_000)
      .default(1)
      .describe('Shape of the gamma distribution; 1 is Poisson.'),
    max_in_flight: maxInFlight,
  }),
  z.strictObject({
    process: z
      .literal('trace')
      .describe('At the times that the data set gives (`dataset: { type: trace, path: ... }`).'),
    speed: z
      .number()
      .positive()
      .max(10_000)
      .default(1)
      .describe('How much faster than recorded; 2 halves all times.'),
    max_in_flight: maxInFlight,
  }),
]);

/** What a request must hold to count as good. */
export const sloSchema = z
  .strictObject({
    ttft_ms: milliseconds.optional().describe('Longest time to the first token, from the intended send.'),
    itl_ms: milliseconds.optional().describe('Longest mean gap between the chunks of a request.'),
    tpot_ms: milliseconds.optional().describe('Longest mean time per output token after the first.'),
    e2e_ms: milliseconds.optional().describe('Longest time to the last token, from the intended send.'),
    attainment: z
      .number()
      .min(0.01)
      .max(1)
      .default(0.99)
      .describe('Share of requests that must hold every limit for a load to hold; for a search alone.'),
  })
  .refine(
    ({ ttft_ms, itl_ms, tpot_ms, e2e_ms }) =>
      [ttft_ms, itl_ms, tpot_ms, e2e_ms].some((limit) => limit !== undefined),
    {
      message: 'expected at least one limit, such as ttft_ms: 500',
    },
  );

/** Search for the highest load that holds an SLO: of the concurrency, or of the rate where an arrival is given. */
export const searchSchema = z
  .strictObject({
    slo: sloSchema.describe('Limits that must hold, such as { ttft_ms: 500 }. Goodput goes by them as well.'),
    from: z
      .number()
      .positive()
      .max(1_000_000)
      .describe('Lowest load: requests in flight, or requests a second with an arrival.'),
    to: z.number().positive().max(1_000_000).describe('Highest load.'),
    probe_s: z
      .number()
      .min(1)
      .max(86_400)
      .default(30)
      .describe(
        'Seconds that each load is held for; longer where requests are few or take long, and up to four times in all where the share of them that hold is too close to `attainment` to tell.',
      ),
    precision: z
      .number()
      .min(0.001)
      .max(0.5)
      .default(0.02)
      .describe('The search ends when the answer is known to this part of it.'),
  })
  .refine(({ from, to }) => from < to, { path: ['to'], message: 'must be more than from' });

/** What the engine is asked to do. */
export const workloadSchema = z
  .strictObject({
    concurrency: positiveInt
      .max(65_536)
      .nullish()
      .describe(
        `Closed loop: requests in flight; each of this many slots sends its next request when the last has ended. Default: ${DEFAULT_CONCURRENCY}, unless there is an arrival or a search.`,
      ),
    arrival: arrivalSchema
      .nullish()
      .describe('Open loop, in place of a concurrency: when requests are sent.'),
    dataset: datasetChoiceSchema.default('synthetic'),
    input_tokens: lengthSchema
      .default(128)
      .describe(
        'Length of each prompt, in tokens. Data sets that bring prompts of their own leave out longer ones and say how many; a trace that has any is refused.',
      ),
    output_tokens: lengthSchema
      .default(128)
      .describe('Length of each answer, in tokens, unless the data set says otherwise.'),
    ignore_eos: z
      .boolean()
      .default(true)
      .describe(
        'The end-of-text token is ignored, so that answers are exactly as long as asked; false lets the model end them.',
      ),
    shared_prefix_tokens: z
      .int()
      .min(0)
      .max(10_000_000)
      .default(0)
      .describe(
        'The first so many tokens are the same in every prompt, which is meant to hit the cache; part of input_tokens.',
      ),
    turns: positiveInt
      .max(1_000)
      .default(1)
      .describe('Turns of each conversation; data sets of conversations give at most so many.'),
    api: z
      .enum(['completions', 'chat'])
      .default('completions')
      .describe('Which interface of the engine is used; messages and conversations of text need chat.'),
    slo: sloSchema
      .nullish()
      .describe('Limits; goodput counts the requests that hold them all. A search brings its own.'),
    search: searchSchema.nullish().describe('Finds the highest load that holds an SLO, then measures it.'),
    seed: z
      .int()
      .min(0)
      .default(0)
      .describe(
        'Seed of prompts, lengths and arrivals. The same seed gives the same in every experiment of a cycle.',
      ),
  })
  .transform(({ concurrency, arrival, slo, search, ...workload }) => ({
    ...workload,
    concurrency: concurrency ?? (arrival || search ? null : DEFAULT_CONCURRENCY),
    arrival: arrival ?? null,
    slo: slo ?? null,
    search: search ?? null,
  }))
  .superRefine(({ concurrency, arrival, slo, search, ...workload }, context) => {
    const refuse = (path: readonly string[], message: string) =>
      context.addIssue({ code: 'custom', path: [...path], message });
    if (concurrency !== null && arrival !== null) {
      refuse(
        ['arrival'],
        'a load is either a concurrency (closed loop) or an arrival (open loop): leave one of them out, or set it to null',
      );
    } else if (search !== null && concurrency !== null) {
      refuse(['concurrency'], 'the search finds the concurrency: leave it out, or set it to null');
    }
    if (slo !== null && search !== null)
      refuse(['slo'], 'goodput goes by the slo of the search: leave this one out, or set it to null');
    if (arrival?.process === 'trace') {
      if (search !== null)
        refuse(
          ['search'],
          'a recorded trace has no rate to search for: use poisson, or leave the search out',
        );
    } else if (arrival !== null) {
      if (search !== null && arrival.rate !== undefined)
        refuse(['arrival', 'rate'], 'the search finds the rate: leave it out');
      if (search === null && arrival.rate === undefined)
        refuse(['arrival', 'rate'], 'expected a rate, in requests a second');
    } else if (search !== null) {
      for (const end of ['from', 'to'] as const) {
        if (!Number.isInteger(search[end]))
          refuse(['search', end], 'a concurrency is a whole number; a search for a rate needs an arrival');
      }
    }
    if (workload.shared_prefix_tokens > shortest(workload.input_tokens)) {
      refuse(['shared_prefix_tokens'], 'must not be longer than the shortest prompt (input_tokens)');
    }
  })
  .describe('The load.');

export type Length = z.output<typeof lengthSchema>;
export type Arrival = z.output<typeof arrivalSchema>;
export type Slo = z.output<typeof sloSchema>;
export type Search = z.output<typeof searchSchema>;
export type DatasetChoice = z.output<typeof datasetChoiceSchema>;
export type Workload = z.output<typeof workloadSchema>;

const shortest = (length: Length): number => (typeof length === 'number' ? length : length.min);
const longest = (length: Length): number => (typeof length === 'number' ? length : length.max);

/** Tokens that the longest request may have: all turns of a conversation stand in its last prompt. */
export function longestRequest({
  input_tokens,
  output_tokens,
  turns,
}: Pick<Workload, 'input_tokens' | 'output_tokens' | 'turns'>): {
  readonly inputTokens: number;
  readonly outputTokens: number;
} {
  const [input, output] = [longest(input_tokens), longest(output_tokens)];
  return { inputTokens: turns * input + (turns - 1) * output, outputTokens: output };
}

/** Most requests that a closed loop, or the search for its concurrency, has in flight; null for an open loop. */
export function mostSlots({
  concurrency,
  arrival,
  search,
}: Pick<Workload, 'concurrency' | 'arrival' | 'search'>): number | null {
  if (arrival !== null) return null;
  return concurrency ?? search?.to ?? null;
}
