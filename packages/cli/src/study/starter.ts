/** The study file that `llem init` writes: it runs anywhere as it is, and shows what to change. */
import { writeFile } from 'node:fs/promises';
import { llemError } from '@llem/core';

export const STARTER = `# A study: which configurations to measure, and how. Every setting: llem schema, llem catalog.
name: my-study

# What to serve, and the engine that serves it. llem/tiny-40m is made on the spot (random weights: speed and energy
# are real, the text is not). A path to a GGUF file works as well.
model: llem/tiny-40m
backend: llamacpp

# The load: so many requests in flight, each with a prompt and an answer of exactly these lengths, in tokens.
workload:
  concurrency: 8
  input_tokens: 128
  output_tokens: 128
  # Or, in place of the concurrency, requests that come whether or not earlier ones have been answered:
  # arrival: { process: poisson, rate: 2 }      # requests a second
  # What a request must hold to count as good:
  # slo: { ttft_ms: 500, itl_ms: 100 }
  # Or the highest load at which 99 % of the requests hold that, found and then measured:
  # search: { slo: { ttft_ms: 500, itl_ms: 100 }, from: 1, to: 64 }
  # Prompts of your own:
  # dataset: { type: jsonl, path: prompts.jsonl }

# What differs between the experiments. Dotted paths; lists are crossed with each other.
sweep:
  workload.concurrency: [1, 8]
  # llamacpp.threads: [1, 2]        # an option of the engine; all of them: llem catalog llamacpp

# How each run is measured, in seconds. 0 leaves a phase out, and the verdict says so.
measure:
  min_seconds: 30         # the steady window; 30 is the least for a publishable result
  idle_bare_s: 10         # power before any engine runs
  settle_s: 5
  idle_loaded_s: 10       # power with the model loaded and nothing to do
  warmup: { max_s: 60 }   # ends earlier once load and power are steady

# Every experiment is repeated; the spread between cycles becomes the interval of every figure.
execution:
  cycles: 3               # 3 are the least for an interval, 5 for claims
  order: shuffled         # or interleaved (ABAB), sequential (AABB)
  gaps: { between_runs_s: 10 }

# energy:
#   require: measured     # refuse to start where energy could only be estimated
`;

/** Throws LLEM_E_USAGE when the file is there already, or cannot be written. */
export async function writeStarter(path: string, force: boolean): Promise<void> {
  try {
    await writeFile(path, STARTER, { flag: force ? 'w' : 'wx' });
  } catch (cause) {
    const exists = cause instanceof Error && Reflect.get(cause, 'code') === 'EEXIST';
    throw llemError(
      'LLEM_E_USAGE',
      exists ? `${path} is there already.` : `${path} cannot be written: ${reasonOf(cause)}`,
      {
        remedy: exists
          ? 'Name another file, or replace it with --force.'
          : 'Name a file in a folder that is there and that you may write to.',
        cause,
      },
    );
  }
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
