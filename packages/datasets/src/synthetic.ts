/** Synthetic prompts: random, all different, of exact length, as token ids or as text. */
import { definePlugin, type Dataset, type DatasetRequest } from '@llem/core';
import { z } from 'zod';
import { countDifferent } from './different.js';
import { lengthDraws, shortestOf } from './lengths.js';
import { mixedSeed, STREAM } from './random.js';
import { loadFailure, refuseRecordedTimes, refuseTextTurns, refusal } from './refusals.js';
import { idBits, idPrompts } from './synthetic-ids.js';
import { textPrompts } from './synthetic-text.js';
import { loadTokenizer, tokenizerFile, type TextTokenizer } from './tokenizer.js';

export const optionsSchema = z
  .strictObject({
    text: z
      .boolean()
      .default(false)
      .describe(
        'Words instead of token ids, made to the exact length with the tokenizer of the model. Always so for a chat, and where the ids of the model are not known.',
      ),
    tokenizer: z
      .string()
      .min(1)
      .nullable()
      .default(null)
      .describe('The tokenizer.json of the model, for text. Default: the one beside the model.'),
  })
  .describe('Random prompts of exact length, all different.');

type SyntheticOptions = z.output<typeof optionsSchema>;

export const { options, create } = definePlugin(optionsSchema, (_, settings): Dataset => ({
  async prepare(request) {
    const { workload } = request;
    refuseRecordedTimes('synthetic', workload.arrival);
    const { shared_prefix_tokens: prefix, input_tokens: input } = workload;
    if (prefix >= shortestOf(input)) {
      throw refusal(
        `Every prompt of ${shortestOf(input)} tokens would be the same: all of them are shared (workload.shared_prefix_tokens).`,
        'Make workload.input_tokens longer than workload.shared_prefix_tokens.',
      );
    }
    return {
      revision: null,
      hash: null,
      prompts: usesText(settings, request) ? await triedText(settings, request) : countOfIds(request),
      sharedPrefix: prefix > 0,
      repeats: false,
      records: null,
    };
  },
  open(request) {
    const ids = request.model.promptTokenIds;
    if (ids !== null && !usesText(settings, request)) return idPrompts(request, ids);
    return openText(settings, request);
  },
}));

const usesText = ({ text }: SyntheticOptions, { workload, model }: DatasetRequest): boolean =>
  text || workload.api === 'chat' || model.promptTokenIds === null;

function countOfIds({ workload, model, seed }: DatasetRequest): number | null {
  const draws = lengthDraws(workload.input_tokens, mixedSeed(seed, STREAM.inputs));
  return countDifferent(draws, shortestOf(workload.input_tokens), (length) =>
    idBits(model.promptTokenIds, length - workload.shared_prefix_tokens),
  );
}

async function tokenizerOf(
  { tokenizer }: SyntheticOptions,
  { model, workload }: DatasetRequest,
): Promise<TextTokenizer> {
  const path = tokenizerFile(tokenizer, model);
  if (path !== null) return loadTokenizer(path);
  const why =
    workload.api === 'chat'
      ? 'A chat needs text'
      : `The token ids of ${model.name} are not known, so it needs text`;
  throw refusal(
    `${why}, and text of an exact length needs the tokenizer of ${model.name}, which is not on this machine.`,
    `Name its tokenizer.json, \`dataset: { type: synthetic, tokenizer: PATH }\`${workload.api === 'chat' ? ', or use `workload.api: completions`' : ''}.`,
  );
}

/** Makes a first prompt, so that what cannot be made is known before anything starts. */
async function triedText(settings: SyntheticOptions, request: DatasetRequest): Promise<null> {
  refuseTextTurns('synthetic', request.workload);
  const made = textPrompts(request, await tokenizerOf(settings, request)).next();
  if (made.done !== true) return null;
  const shortest = shortestOf(request.workload.input_tokens);
  throw refusal(
    `No text of exactly the length asked for (${shortest} tokens and more) can be made with the tokenizer of ${request.model.name}.`,
    'Use longer prompts (workload.input_tokens), token ids (text: false) or a data set of real text.',
  );
}

async function* openText(settings: SyntheticOptions, request: DatasetRequest) {
  const tokenizer = await tokenizerOf(settings, request).catch((error: unknown) => {
    throw loadFailure('The tokenizer is gone since the start.', 'Put it back, then run it again.', error);
  });
  yield* textPrompts(request, tokenizer);
}
