/** The prompts of a data set: the same from the same seed, of the lengths that they tell, as many as it says. */
import { isDeepStrictEqual } from 'node:util';
import { compileBody } from '@llem/core/dialect-body';
import type { FollowUp, Prompt, PromptContent } from '@llem/core';
import { demandPlain, demandSame, shortened } from '../package/plain.js';
import { demand, type Rule } from '../rule.js';
import { firstPrompts, prepared, requestOf, SOME_PROMPTS, type DatasetSubject } from './subject.js';
import { promptsInThread } from './thread.js';

/** More prompts than that are not counted. */
const MOST_COUNTED = 10_000;
const OTHER_SEED = 8;

const turnsOf = (prompt: Prompt): readonly FollowUp[] => [prompt, ...(prompt.followUps ?? [])];

/** A length told, where the content shows it as well. */
const tokenIds = (content: PromptContent): readonly number[] | null =>
  typeof content !== 'string' && content.every((part) => typeof part === 'number') ? content : null;

async function opened(subject: DatasetSubject, seed?: number): Promise<Prompt[]> {
  await prepared(subject, seed);
  return firstPrompts(subject, requestOf(subject, seed));
}

export const PROMPT_RULES: readonly Rule<DatasetSubject>[] = [
  {
    id: 'dataset.prompts.same',
    title: 'the same request gives the same prompts, also of two that are read at a time',
    check: async (subject) => {
      await prepared(subject);
      const request = requestOf(subject);
      const [first, second] = await Promise.all([
        firstPrompts(subject, request),
        firstPrompts(subject, request),
      ]);
      demandSame('What `open` gives', first, second);
    },
  },
  {
    id: 'dataset.prompts.seeded',
    title: 'another seed gives other prompts, or another order',
    check: async (subject) => {
      const { prompts } = await prepared(subject);
      // Of one prompt there is one order, and recorded times leave no choice.
      if (prompts !== null && prompts < 10) return;
      const first = await opened(subject);
      if (first.some(({ atS }) => atS !== undefined)) return;
      demand(
        !isDeepStrictEqual(first, await opened(subject, OTHER_SEED)),
        'Another seed gives the same prompts in the same order: every cycle of a study would be the same. Draw by request.seed.',
      );
    },
  },
  {
    id: 'dataset.prompts.content',
    title: 'a prompt is token ids, text or messages, with something in it, and its interface takes it',
    check: async (subject) => {
      const prompts = await opened(subject);
      demand(prompts.length > 0, '`open` gives no prompt. Refuse in `prepare`, with LLEM_E_PREPARE.');
      const isChat = subject.workload.api === 'chat';
      const render = compileBody(isChat ? { messages: '{messages}' } : { prompt: '{prompt}' });
      for (const prompt of prompts) {
        demandPlain('A prompt', prompt);
        for (const { content } of turnsOf(prompt)) {
          demand(content.length > 0, `A prompt is empty: ${shortened(prompt)}.`);
          render({ content, outputTokens: 1, seed: 1 });
        }
      }
    },
  },
  {
    id: 'dataset.prompts.lengths',
    title: 'lengths are whole numbers from 1 on, and that of token ids is how many there are',
    check: async (subject) => {
      for (const prompt of await opened(subject)) {
        for (const { content, inputTokens, outputTokens } of turnsOf(prompt)) {
          demand(
            (inputTokens === null || isLength(inputTokens)) && isLength(outputTokens),
            `A prompt tells inputTokens ${shortened(inputTokens)} and outputTokens ${shortened(outputTokens)}. Give whole numbers from 1 on; inputTokens null where it is not known.`,
          );
          const ids = tokenIds(content);
          demand(
            ids === null || inputTokens === ids.length,
            `A prompt of ${ids?.length ?? 0} token ids tells inputTokens ${shortened(inputTokens)}.`,
          );
        }
      }
    },
  },
  {
    id: 'dataset.prompts.token-ids',
    title: 'token ids are those that the model has for ordinary tokens',
    check: async (subject) => {
      const known = subject.model.promptTokenIds;
      if (known === null) return;
      const strange = (await opened(subject))
        .flatMap(turnsOf)
        .flatMap(({ content }) => tokenIds(content) ?? [])
        .find((id) => !Number.isInteger(id) || id < known.first || id > known.last);
      demand(
        strange === undefined,
        `A prompt has the token id ${shortened(strange)}; the model has ${known.first} to ${known.last} (request.model.promptTokenIds).`,
      );
    },
  },
  {
    id: 'dataset.prompts.times',
    title: 'recorded times are seconds from 0 on that never go back, and all prompts have them or none',
    check: async (subject) => {
      const prompts = await opened(subject);
      const times = prompts.flatMap(({ atS }) => (atS === undefined ? [] : [atS]));
      demand(
        times.length === 0 || times.length === prompts.length,
        `${times.length} of ${prompts.length} prompts have a time (atS). Give it to all or to none.`,
      );
      demand(
        times.every((time, index) => Number.isFinite(time) && time >= (times[index - 1] ?? 0)),
        `The times of prompts (atS) go back, or are none: ${shortened(times)}.`,
      );
    },
  },
  {
    id: 'dataset.prompts.count',
    title: 'there are as many prompts as `prepare` says, and no end where it says so',
    check: async (subject) => {
      const { prompts, repeats } = await prepared(subject);
      demand(
        !(repeats && prompts !== null),
        `\`prepare\` says that the prompts repeat, and that there are ${prompts ?? 0}. Say prompts: null where they begin again.`,
      );
      if (prompts !== null && prompts > MOST_COUNTED) return;
      const most = prompts === null ? SOME_PROMPTS : prompts + 1;
      const found = await firstPrompts(subject, requestOf(subject), most);
      demand(
        found.length === (prompts ?? most),
        `\`prepare\` says that there are ${prompts ?? 'prompts without end'}, and \`open\` gives ${found.length === most ? `${most} or more` : found.length}.`,
      );
    },
  },
  {
    id: 'dataset.prompts.repeats',
    title: 'of prompts without end none comes twice, unless `prepare` says that they repeat',
    check: async (subject) => {
      const { repeats, prompts } = await prepared(subject);
      // A file may have two records that are equal: that is how it was recorded.
      if (repeats || prompts !== null) return;
      const seen = new Set<string>();
      for (const { content } of await opened(subject)) {
        const key = JSON.stringify(content);
        demand(
          !seen.has(key),
          `A prompt comes a second time: ${shortened(content, 100)}. A prefix cache would answer it; say repeats: true where that is meant.`,
        );
        seen.add(key);
      }
    },
  },
  {
    id: 'dataset.prompts.thread',
    title: 'a worker thread that imports the module gets the same prompts, in plain data',
    leftOut: ({ moduleUrl }) => (moduleUrl === '' ? 'the module is no file' : null),
    check: async (subject) => {
      await prepared(subject);
      demandSame(
        'What `open` gives here and in a worker thread',
        await firstPrompts(subject, requestOf(subject)),
        await promptsInThread(subject, requestOf(subject), SOME_PROMPTS),
      );
    },
  },
];

const isLength = (length: unknown) => typeof length === 'number' && Number.isInteger(length) && length > 0;
