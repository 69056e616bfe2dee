/** Prompts of a local file with a JSON object on every line. */
import { resolve } from 'node:path';
import { definePlugin, IN_WORDS, issueText, type ChatMessage, type Dataset } from '@llem/core';
import { z } from 'zod';
import { linesOf, type RawRecord } from './lines.js';
import { prepareRecorded, readRecorded, type Source } from './prepared.js';
import { turnsOf, type Recorded } from './recorded.js';
import { reasonOf, refuseRecordedTimes, refuseSharedPrefix, refusal } from './refusals.js';
import { repeatOption, tokenizerOption } from './shared-options.js';

export const optionsSchema = z
  .strictObject({
    path: z
      .string()
      .min(1)
      .describe(
        'The file, relative to where llem runs. Each line holds `prompt` (text or token ids) or `messages`.',
      ),
    allow_repeat: repeatOption,
    tokenizer: tokenizerOption,
  })
  .describe('Prompts or conversations of a local JSONL file.');

export const { options, create } = definePlugin(optionsSchema, ({ cacheDir }, settings): Dataset => {
  const path = resolve(settings.path);
  const source: Source = {
    name: 'jsonl',
    path,
    revision: null,
    tokenizer: settings.tokenizer,
    allowRepeat: settings.allow_repeat,
    async *read(reading) {
      for await (const line of linesOf(path, reading)) yield recordedOf(path, line);
    },
  };
  return {
    prepare(request, signal, progress) {
      refuseRecordedTimes('jsonl', request.workload.arrival);
      refuseSharedPrefix('jsonl', request.workload);
      return prepareRecorded(source, cacheDir, request, { signal, progress });
    },
    open: (request) => readRecorded(source, cacheDir, request),
  };
});

const count = z.int().min(1).max(10_000_000);
const messageSchema = z.object({
  role: z.enum(['system', 'developer', 'user', 'assistant']),
  content: z.union([z.string(), z.array(z.object({ type: z.literal('text'), text: z.string() }))]),
});
const lineSchema = z
  .object({
    prompt: z.union([z.string().min(1), z.array(z.int().min(0)).min(1)]).optional(),
    messages: z.array(messageSchema).min(1).optional(),
    output_tokens: count.nullish(),
    max_tokens: count.nullish(),
  })
  .refine(({ prompt, messages }) => (prompt === undefined) !== (messages === undefined), {
    message: 'expected either "prompt" or "messages"',
  });

function recordedOf(path: string, { number, text }: RawRecord): Recorded {
  const where = `${path}, line ${number}`;
  const bad = (why: string) =>
    refusal(
      `${where}: ${why}.`,
      'Write a JSON object on each line: {"prompt": "text"}, {"prompt": [token ids]} or {"messages": [{"role": "user", "content": "text"}]}.',
    );
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw bad(`not JSON: ${reasonOf(error).slice(0, 200)}`);
  }
  const parsed = lineSchema.safeParse(value, IN_WORDS);
  if (!parsed.success) {
    throw bad(issueText(parsed.error.issues));
  }
  const { prompt, messages = [], output_tokens, max_tokens } = parsed.data;
  const outputTokens = output_tokens ?? max_tokens ?? null;
  if (prompt !== undefined) return { where, turns: [{ content: prompt, outputTokens, answer: null }] };
  const turns = turnsOf(messages.map(messageOf), outputTokens, false);
  if (turns.length === 0) throw bad('no message of the user before the first answer');
  return { where, turns };
}

const messageOf = ({ role, content }: z.output<typeof messageSchema>): ChatMessage => ({
  // The newer name of the same thing, which fewer engines know.
  role: role === 'developer' ? 'system' : role,
  content: typeof content === 'string' ? content : content.map(({ text }) => text).join(''),
});
