/** Conversations of a local file in the format of ShareGPT. */
import { resolve } from 'node:path';
import { definePlugin, type ChatMessage, type Dataset } from '@llem/core';
import { z } from 'zod';
import { objectsOf, type RawRecord } from './lines.js';
import { prepareRecorded, readRecorded, type Source } from './prepared.js';
import { turnsOf, type Recorded } from './recorded.js';
import { reasonOf, refuseRecordedTimes, refuseSharedPrefix, refuseTextTurns, refusal } from './refusals.js';
import { repeatOption, tokenizerOption } from './shared-options.js';

export const optionsSchema = z
  .strictObject({
    path: z
      .string()
      .min(1)
      .describe(
        'The file, relative to where llem runs: a JSON array of conversations, or one on every line.',
      ),
    allow_repeat: repeatOption,
    tokenizer: tokenizerOption,
  })
  .describe('Recorded conversations; answers are as long as they were where the tokenizer is known.');

export const { options, create } = definePlugin(optionsSchema, ({ cacheDir }, settings): Dataset => {
  const path = resolve(settings.path);
  const source: Source = {
    name: 'sharegpt',
    path,
    revision: null,
    tokenizer: settings.tokenizer,
    allowRepeat: settings.allow_repeat,
    async *read(reading) {
      for await (const entry of objectsOf(path, reading)) yield conversationOf(path, entry);
    },
  };
  return {
    prepare(request, signal, progress) {
      refuseRecordedTimes('sharegpt', request.workload.arrival);
      refuseSharedPrefix('sharegpt', request.workload);
      refuseTextTurns('sharegpt', request.workload);
      return prepareRecorded(
        request.workload.api === 'chat'
          ? source
          : { ...source, name: 'sharegpt-text', read: asText(source.read) },
        cacheDir,
        request,
        { signal, progress },
      );
    },
    open: (request) =>
      readRecorded(
        request.workload.api === 'chat' ? source : { ...source, name: 'sharegpt-text' },
        cacheDir,
        request,
      ),
  };
});

/** What was said first, alone: what a completion takes. */
const asText = (read: Source['read']): Source['read'] =>
  async function* (reading) {
    for await (const { where, turns } of read(reading)) {
      yield {
        where,
        turns: turns.slice(0, 1).map((turn) => ({ ...turn, content: textOf(turn.content) })),
      };
    }
  };

function textOf(content: Recorded['turns'][number]['content']): string {
  if (typeof content === 'string') return content;
  return content
    .flatMap((message) => (typeof message === 'object' && message.role === 'user' ? [message.content] : []))
    .join('\n');
}

/** Names that the roles have in the files that go round; others stand for nothing that is sent. */
const ROLES: Readonly<Record<string, ChatMessage['role']>> = {
  system: 'system',
  human: 'user',
  user: 'user',
  gpt: 'assistant',
  assistant: 'assistant',
  chatgpt: 'assistant',
  bard: 'assistant',
  bing: 'assistant',
  model: 'assistant',
};

const said = z.union([
  z
    .object({ from: z.string(), value: z.string() })
    .transform(({ from, value }) => ({ role: from, content: value })),
  z.object({ role: z.string(), content: z.string() }).transform(({ role, content }) => ({ role, content })),
  z
    .object({ user: z.string(), text: z.string() })
    .transform(({ user, text }) => ({ role: user, content: text })),
]);
const list = z.array(said).nullish();
const entrySchema = z
  .object({ conversations: list, conversation: list, messages: list, items: list })
  .transform((entry) => entry.conversations ?? entry.conversation ?? entry.messages ?? entry.items ?? null);

function conversationOf(path: string, { number, text }: RawRecord): Recorded {
  const where = `${path}, entry ${number}`;
  const bad = (why: string) =>
    refusal(
      `${where}: ${why}.`,
      'Name a file in the format of ShareGPT: [{"conversations": [{"from": "human", "value": "text"}, {"from": "gpt", "value": "text"}]}].',
    );
  let value: unknown;
  try {
    // Between the entries of an array stand its bracket and commas.
    value = JSON.parse(text.replace(/^[\s,[]+/, ''));
  } catch (error) {
    throw bad(`not JSON: ${reasonOf(error).slice(0, 200)}`);
  }
  const parsed = entrySchema.safeParse(value);
  if (!parsed.success) throw bad('a conversation is not a list of messages');
  if (parsed.data === null) throw bad('there is no "conversations", "conversation", "messages" or "items"');
  const messages = parsed.data.flatMap(({ role, content }) => {
    const known = ROLES[role.toLowerCase()];
    return known === undefined || content.trim() === '' ? [] : [{ role: known, content }];
  });
  return { where, turns: turnsOf(messages, null, true) };
}
