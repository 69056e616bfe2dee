/** A backend against a running server: requests are answered as its dialect says, and it asks what it may and no more. */
import type { ChatMessage, EngineFacts } from '@llem/core';
import { z } from 'zod';
import { freePort } from '../../free-port.js';
import { settled } from '../settle.js';
import { demandPlain, shortened } from '../package/plain.js';
import { demand, type Rule } from '../rule.js';
import { askStreamed } from './answer.js';
import { dialectFor, hasApi } from './dialect-rules.js';
import { withAnswering, withOwn } from './running-server.js';
import { artifactsOf, experimentOf, processTarget, type BackendSubject } from './subject.js';

const withoutServer = ({ given }: BackendSubject): string | null =>
  given.server === undefined ? 'no `server` was given' : null;

/** The harness gives a description 10 s; none of a server of this machine takes as long. */
const ASK_LIMIT_MS = 10_000;
/** How soon an aborted question has to end, in ms. */
const ABORT_LIMIT_MS = 3_000;
const ABORT_AFTER_MS = 100;

const OUTPUT_TOKENS = 12;
const PROMPT = [1, 2, 3, 4, 5];
const CHAT: readonly ChatMessage[] = [{ role: 'user', content: 'Count to twelve.' }];
/** Told only by engines that draft, that have run out of room, or that were sent the same twice. */
const AT_TIMES = ['cachedTokens', 'draftTokens', 'acceptedTokens', 'acceptanceRate', 'preemptions'];

const factsSchema = z.looseObject({
  version: z.string().nullable(),
  details: z.record(z.string(), z.json()),
  kvCacheTokens: z.number().nullable(),
  differences: z.array(z.looseObject({ option: z.string().min(1), asked: z.json(), actual: z.json() })),
});

function demandFacts(facts: EngineFacts): void {
  demandPlain('What `describe` gives', facts);
  const [issue] = factsSchema.safeParse(facts).error?.issues ?? [];
  demand(
    issue === undefined,
    `\`describe\` gives ${shortened(facts)}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}. See EngineFacts in @llem/core; null is for what the engine does not tell.`,
  );
}

export const SERVER_RULES: readonly Rule<BackendSubject>[] = [
  {
    id: 'backend.server.starts',
    title: 'the server accepts the command line of `service`, and answers its readiness path with 200',
    leftOut: withoutServer,
    check: async (subject) => {
      const { readiness } = subject.backend.service(
        experimentOf(subject),
        await artifactsOf(subject),
        processTarget(),
        null,
      );
      await withOwn(subject, async ({ baseUrl }) => {
        const response = await fetch(`${baseUrl}${readiness.path}`, {
          signal: AbortSignal.timeout(ASK_LIMIT_MS),
        });
        await response.body?.cancel();
        demand(
          response.status === 200,
          `The readiness path ${readiness.path} is answered with ${response.status}.`,
        );
      });
    },
  },
  ...(['completions', 'chat'] as const).map((api): Rule<BackendSubject> => ({
    id: `backend.server.${api}`,
    title: `the server answers a request for ${api} with exactly as many tokens as asked, and the dialect finds text, finish reason, counts and end`,
    leftOut: (subject) =>
      withoutServer(subject) ?? (hasApi(subject, api) ? null : `the backend refuses workload.api: ${api}`),
    check: async (subject) => {
      const dialect = await dialectFor(subject, api);
      const content =
        api === 'chat' ? [{ role: 'user' as const, content: 'Count to twelve.' }] : [1, 2, 3, 4, 5];
      await withOwn(subject, async ({ baseUrl }) => {
        const answer = await askStreamed(baseUrl, dialect, { content, outputTokens: OUTPUT_TOKENS, seed: 1 });
        const missing = [
          answer.text === '' && 'text (stream.text)',
          answer.finishReason === null && 'finish reason (stream.finishReason)',
          answer.inputTokens === null && 'count of input tokens (stream.usage.input)',
          answer.outputTokens === null && 'count of output tokens (stream.usage.output)',
          !answer.isDone && `last event ${shortened(dialect.stream.done)} (stream.done)`,
        ].filter((what) => what !== false);
        demand(
          missing.length === 0,
          `The stream of the server has no ${missing.join(', no ')} where the dialect looks for it.`,
        );
        demand(
          answer.outputTokens === OUTPUT_TOKENS,
          `The server wrote ${answer.outputTokens ?? 0} tokens, where ${OUTPUT_TOKENS} were asked for. The body has to ask for '{output_tokens}' as the engine understands it.`,
        );
        demand(
          !dialect.stream.eventPerToken || answer.textEvents <= OUTPUT_TOKENS,
          `The dialect says that every token has an event of its own, and ${answer.textEvents} came for ${OUTPUT_TOKENS} tokens.`,
        );
      });
    },
  })),
  {
    id: 'backend.describe.answers',
    title: '`describe` tells what the server says of itself, as plain data',
    leftOut: withoutServer,
    check: (subject) =>
      withOwn(subject, async ({ baseUrl }) => {
        const end = await settled(
          () => subject.backend.describe({ baseUrl }, AbortSignal.timeout(ASK_LIMIT_MS)),
          ASK_LIMIT_MS,
        );
        demand(end.how === 'value', `\`describe\` ${end.told} of a server that answers.`);
        demandFacts(end.value);
      }),
  },
  {
    id: 'backend.describe.odd-answers',
    title: '`describe` tells nothing of a server whose answers make no sense, and does not throw',
    check: async ({ backend }) => {
      const answers = [
        [404, 'text/html', '<p>not here</p>'],
        [200, 'application/json', 'null'],
        [
          200,
          'application/json',
          '{"version":7,"data":"x","vllm_config":[],"default_generation_settings":null}',
        ],
        [200, 'text/plain', '\u0000{'],
      ] as const;
      for (const [status, type, body] of answers) {
        await withAnswering(
          (_, response) => response.writeHead(status, { 'content-type': type }).end(body),
          async (baseUrl) => {
            const end = await settled(
              () => backend.describe({ baseUrl }, AbortSignal.timeout(ASK_LIMIT_MS)),
              ASK_LIMIT_MS,
            );
            demand(
              end.how === 'value',
              `\`describe\` ${end.told} where every answer is ${status} ${JSON.stringify(body)}. Give null for what is not told.`,
            );
            demandFacts(end.value);
          },
        );
      }
    },
  },
  {
    id: 'backend.describe.nobody',
    title: '`describe` throws where nobody listens',
    check: async ({ backend }) => {
      const baseUrl = `http://127.0.0.1:${await freePort()}`;
      const end = await settled(
        () => backend.describe({ baseUrl }, AbortSignal.timeout(ASK_LIMIT_MS)),
        ASK_LIMIT_MS,
      );
      demand(
        end.how === 'error',
        `\`describe\` ${end.told} of a port that nobody listens on. Let the error through.`,
      );
    },
  },
  {
    id: 'backend.describe.aborted',
    title: '`describe` of a server that does not answer ends with its signal',
    check: ({ backend }) =>
      withAnswering(
        () => undefined,
        async (baseUrl) => {
          const end = await settled(
            () => backend.describe({ baseUrl }, AbortSignal.timeout(ABORT_AFTER_MS)),
            ABORT_LIMIT_MS,
          );
          demand(
            end.how === 'error',
            `\`describe\` ${end.told} of a server that never answers, its signal having been aborted. Hand the signal to every question, and let the error through.`,
          );
        },
      ),
  },
  {
    id: 'backend.reset-cache.refused',
    title: '`resetCache` is not true where the server has not said that the cache is empty',
    leftOut: ({ backend }) => (backend.resetCache ? null : 'the backend has no `resetCache`'),
    check: ({ backend }) =>
      withAnswering(
        (_, response) => response.writeHead(404).end('not here'),
        async (baseUrl) => {
          const end = await settled(
            async () => backend.resetCache?.({ baseUrl }, AbortSignal.timeout(ASK_LIMIT_MS)),
            ASK_LIMIT_MS,
          );
          demand(
            end.how === 'error' || (end.how === 'value' && end.value === false),
            `\`resetCache\` ${end.how === 'value' ? `gives ${shortened(end.value)}` : end.told} where the server knows no such path. Say false.`,
          );
        },
      ),
  },
  {
    id: 'backend.reset-cache.done',
    title: '`resetCache` of an idle server is true',
    leftOut: (subject) =>
      subject.backend.resetCache ? withoutServer(subject) : 'the backend has no `resetCache`',
    check: (subject) =>
      withOwn(subject, async ({ baseUrl }) => {
        const { backend } = subject;
        const end = await settled(
          async () => backend.resetCache?.({ baseUrl }, AbortSignal.timeout(ASK_LIMIT_MS)),
          ASK_LIMIT_MS,
        );
        demand(
          end.how === 'value' && end.value === true,
          `\`resetCache\` ${end.how === 'value' ? `gives ${shortened(end.value)}` : end.told} of an idle server. Leave it out where the engine cannot empty its cache.`,
        );
      }),
  },
  {
    id: 'backend.server-metrics.names',
    title:
      'every quantity of `serverMetrics` has a metric of its name on the page of a server that has worked',
    leftOut: (subject) =>
      subject.backend.serverMetrics ? withoutServer(subject) : 'the backend has no `serverMetrics`',
    check: (subject) =>
      withOwn(subject, async ({ baseUrl }) => {
        const { path, names } = subject.backend.serverMetrics ?? { path: '/', names: {} };
        const api = hasApi(subject, 'completions') ? 'completions' : 'chat';
        // Counters may be told only once they have counted.
        await askStreamed(baseUrl, await dialectFor(subject, api), {
          content: api === 'chat' ? CHAT : PROMPT,
          outputTokens: OUTPUT_TOKENS,
          seed: 1,
        });
        const response = await fetch(`${baseUrl}${path}`, { signal: AbortSignal.timeout(ASK_LIMIT_MS) });
        const page = await response.text();
        demand(
          response.status === 200,
          `The server answers ${response.status} at ${path} (serverMetrics.path).`,
        );
        const there = new Set(page.split('\n').map((line) => /^[a-zA-Z_:][\w:]*/.exec(line)?.[0]));
        const missing = Object.entries(names).filter(
          ([quantity, name]) =>
            !AT_TIMES.includes(quantity) && ![name].flat().some((each) => there.has(each)),
        );
        demand(
          missing.length === 0,
          `The page ${path} has no metrics of these names: ${shortened(Object.fromEntries(missing))}.`,
        );
      }),
  },
];
