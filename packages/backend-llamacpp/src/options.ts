/** The `llamacpp:` section of a study. */
import { z } from 'zod';

/** Element types of the KV cache that llama.cpp knows. */
export const KV_TYPES = ['f32', 'f16', 'bf16', 'q8_0', 'q5_1', 'q5_0', 'q4_1', 'q4_0', 'iq4_nl'] as const;

export const FLASH_ATTENTION = ['auto', 'on', 'off'] as const;

/** Most sequences that llama.cpp decodes together (LLAMA_MAX_SEQ). */
export const MAX_SEQUENCES = 256;

/**
 * Sequences where the load is an open loop, whose requests in flight nobody knows beforehand: enough for batching to show,
 * few enough for the KV cache of a small machine. What arrives beyond it queues in the engine.
 */
export const OPEN_LOOP_SEQUENCES = 16;

const positive = z.int().min(1);

export const optionsSchema = z
  .strictObject({
    threads: positive
      .max(1024)
      .nullable()
      .default(null)
      .describe(
        'Threads that compute. More are faster up to the physical cores and draw more power; beyond them they wait for each other. Default: half of the logical CPUs, at least one (a llama-server: its own default).',
      ),
    sequences: positive
      .max(MAX_SEQUENCES)
      .nullable()
      .default(null)
      .describe(
        `Requests decoded together; the others queue. More give more tokens per second and fewer joules per token, and make each request slower. Default: workload.concurrency, or the highest that a search tries, at most ${MAX_SEQUENCES}; ${OPEN_LOOP_SEQUENCES} where workload.arrival is given.`,
      ),
    context: positive
      .max(100_000_000)
      .nullable()
      .default(null)
      .describe(
        'Tokens that each sequence can hold, prompt and answer together. It costs memory, not time. Default: what the workload needs, rounded up to a multiple of 256.',
      ),
    batch_size: positive
      .max(65_536)
      .default(512)
      .describe(
        'Most tokens in one step. Larger steps read prompts faster and hold up running answers longer. Default: 512.',
      ),
    ubatch_size: positive
      .max(65_536)
      .nullable()
      .default(null)
      .describe(
        'Most tokens computed in one piece of a step. Smaller pieces need less memory and use the processor less well. Only with `executable`: the embedded engine computes a step in one piece. Default: batch_size.',
      ),
    flash_attention: z
      .enum(FLASH_ATTENTION)
      .default('auto')
      .describe(
        'Attention without the full score matrix: less memory traffic in long contexts. auto lets llama.cpp decide. Default: auto.',
      ),
    kv_type_k: z
      .enum(KV_TYPES)
      .default('f16')
      .describe(
        'Element type of cached keys. Smaller types need less memory and traffic, and some time to convert. Default: f16.',
      ),
    kv_type_v: z
      .enum(KV_TYPES)
      .default('f16')
      .describe(
        'Element type of cached values, as kv_type_k; a quantised one needs flash attention. Default: f16.',
      ),
    mmap: z
      .boolean()
      .default(true)
      .describe(
        'Map the model file instead of reading it: a faster start, and pages are read when first used. Default: true.',
      ),
    executable: z
      .string()
      .min(1)
      .nullable()
      .default(null)
      .describe(
        'A llama-server, by path or by name in PATH, or anything with its flags and interface; in a container `llama-server` is what the image begins with. Default: the embedded engine.',
      ),
    extra: z
      .record(
        z.string().regex(/^[a-z][a-z0-9_-]*$/, 'expected a flag without its leading dashes'),
        z.union([z.string(), z.number(), z.boolean()]),
      )
      .default({})
      .describe(
        'Further flags of the executable, without their dashes; true gives the bare flag, false leaves it out. Recorded as written.',
      ),
  })
  .describe('llama.cpp: the embedded engine, or a llama-server.');

export type LlamacppOptions = z.output<typeof optionsSchema>;
