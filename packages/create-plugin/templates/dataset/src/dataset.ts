/** The plugin: the data set PLUGIN_ID, prompts from a text file with one on each line. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  definePlugin,
  llemError,
  type Dataset,
  type DatasetFacts,
  type DatasetRequest,
  type Prompt,
} from '@llem/core';
import { outputLengths, seededOrder } from './draws.js';
import { optionsSchema } from './options.js';
import { refuseWhatItCannotGive } from './refusals.js';

/** The file that comes with the package. */
const OWN_FILE = fileURLToPath(new URL('../prompts.txt', import.meta.url));

export const { options, create } = definePlugin(optionsSchema, (_context, settings): Dataset => {
  const path = settings.path === null ? OWN_FILE : resolve(settings.path);
  return {
    // Once, before anything is measured: the place to fetch, to check and to tell what it is. It rejects with LLEM_E_PREPARE.
    prepare: (request) => Promise.resolve(request).then((asked) => factsOf(path, asked)),
    // In a thread beside the load, after `prepare`. The same request gives the same prompts.
    open: (request) => promptsOf(path, request),
  };
});

function factsOf(path: string, { workload }: DatasetRequest): DatasetFacts {
  refuseWhatItCannotGive(workload);
  const { prompts, hash, lines } = readPrompts(path);
  const empty = lines - prompts.length;
  const leftOut: Record<string, number> = empty > 0 ? { empty } : {};
  return {
    // A commit or tag of its source, where it has one.
    revision: null,
    hash,
    // Null: they do not run out, because they are repeated.
    prompts: null,
    repeats: true,
    sharedPrefix: false,
    // Whatever is not used is told, with the reason. Nobody has counted tokens here, so that none was left out for its length.
    records: { read: lines, used: prompts.length, shortened: 0, leftOut, measured: false },
  };
}

function* promptsOf(path: string, { seed, workload }: DatasetRequest): Generator<Prompt, void, undefined> {
  const { prompts } = readPrompts(path);
  const nextLength = outputLengths(workload.output_tokens, seed);
  for (let pass = 0; ; pass += 1) {
    for (const index of seededOrder(prompts.length, seed, pass)) {
      const text = prompts[index] ?? '';
      yield {
        // A chat is given messages, a completion text; token ids, where a data set has them, go to a completion.
        content: workload.api === 'chat' ? [{ role: 'user', content: text }] : text,
        // Null: only the engine knows how many tokens a text is.
        inputTokens: null,
        outputTokens: nextLength(),
      };
    }
  }
}

/** Throws LLEM_E_PREPARE when there is nothing to be had. */
function readPrompts(path: string): { prompts: readonly string[]; hash: string; lines: number } {
  const refuse = (what: string, cause?: unknown) =>
    llemError('LLEM_E_PREPARE', `The prompts of PLUGIN_ID, ${path}, ${what}.`, {
      remedy: 'Name a text file with one prompt on each line in the option `path`.',
      failureClass: 'dataset',
      cause,
    });
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch (error) {
    throw refuse(`cannot be read: ${error instanceof Error ? error.message : String(error)}`, error);
  }
  const lines = content.replace(/\r?\n$/, '').split(/\r?\n/);
  const prompts = lines.map((line) => line.trim()).filter((line) => line !== '');
  if (prompts.length === 0) throw refuse('are empty');
  return { prompts, hash: createHash('sha256').update(content).digest('hex'), lines: lines.length };
}
