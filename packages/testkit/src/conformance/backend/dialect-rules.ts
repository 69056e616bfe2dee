/** How an engine is spoken to: a template of requests, and paths into what it answers. */
import type { Dialect, JsonPath, JsonValue } from '@llem/core';
import { demandPlain, demandSame, shortened } from '../package/plain.js';
import { demand, type Rule } from '../rule.js';
import { artifactsOf, experimentOf, SOME_DATASET, type BackendSubject } from './subject.js';

const APIS = ['completions', 'chat'] as const;
type Api = (typeof APIS)[number];

/** The dialect of an interface; null where the backend says that it has none for the experiment. */
export async function dialectFor(subject: BackendSubject, api: Api): Promise<Dialect> {
  return subject.backend.dialect(experimentOf(subject, { api }), await artifactsOf(subject), SOME_DATASET);
}

/** Whether an experiment with an interface can be planned. */
export const hasApi = (subject: BackendSubject, api: Api): boolean =>
  subject.backend
    .constraints(experimentOf(subject, { api }), {
      platform: 'linux',
      arch: 'x64',
      logicalCpus: 8,
      memoryBytes: 2 ** 34,
      model: null,
    })
    .every(({ path }) => path !== 'workload.api');

async function dialectsOf(subject: BackendSubject) {
  const apis = APIS.filter((api) => hasApi(subject, api));
  return await Promise.all(apis.map(async (api) => ({ api, dialect: await dialectFor(subject, api) })));
}

/** All text inside of a JSON value. */
function textsIn(value: JsonValue): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

const isPath = (path: JsonPath) =>
  Array.isArray(path) &&
  path.length > 0 &&
  path.every((key) => typeof key === 'string' || Number.isInteger(key));

export const DIALECT_RULES: readonly Rule<BackendSubject>[] = [
  {
    id: 'backend.dialect.same',
    title: '`dialect` gives plain data, the same for the same experiment',
    check: async (subject) => {
      for (const { api, dialect } of await dialectsOf(subject)) {
        demandPlain('What `dialect` gives', dialect);
        demandSame('What `dialect` gives', dialect, await dialectFor(subject, api));
      }
    },
  },
  {
    id: 'backend.dialect.body',
    title:
      'a request has the prompt or the messages, the length asked for, and no placeholder that nobody knows',
    check: async (subject) => {
      for (const { api, dialect } of await dialectsOf(subject)) {
        const found = textsIn(dialect.body).filter((text) => /^\{\w+\}$/.test(text));
        const [wanted, other] = api === 'chat' ? ['{messages}', '{prompt}'] : ['{prompt}', '{messages}'];
        demand(
          found.filter((text) => text === wanted).length === 1 && !found.includes(other),
          `The body of a request for ${api} has ${shortened(found)}. It needs ${wanted} once, and not ${other}.`,
        );
        demand(
          found.includes('{output_tokens}'),
          `The body of a request for ${api} does not ask for a length: '{output_tokens}' stands nowhere in it.`,
        );
        const unknown = found.filter(
          (text) => !['{prompt}', '{messages}', '{output_tokens}', '{seed}'].includes(text),
        );
        demand(
          unknown.length === 0,
          `The body of a request for ${api} has the placeholders ${shortened(unknown)}, which nobody fills in.`,
        );
      }
    },
  },
  {
    id: 'backend.dialect.paths',
    title: 'the path of a request begins with /, and every path into an answer has keys and indices',
    check: async (subject) => {
      for (const { api, dialect } of await dialectsOf(subject)) {
        const { path, stream } = dialect;
        demand(
          path.startsWith('/'),
          `The path of a request for ${api} is ${shortened(path)}. Begin it with /.`,
        );
        const { input, output, cachedInput } = stream.usage;
        const paths = [...stream.text, stream.finishReason, stream.error, input, output, cachedInput];
        demand(
          stream.text.length > 0 && paths.every(isPath),
          `A path into an answer for ${api} is none: ${shortened(stream)}. Give keys and indices, ['choices', 0, 'text'].`,
        );
      }
    },
  },
  {
    id: 'backend.dialect.headers',
    title: 'headers are text and hold no token, which the harness adds itself',
    check: async (subject) => {
      for (const { api, dialect } of await dialectsOf(subject)) {
        const bad = Object.entries(dialect.headers).filter(
          ([name, value]) =>
            typeof value !== 'string' ||
            /[\r\n]/.test(`${name}${value}`) ||
            /^(authorization|content-length|host)$/i.test(name),
        );
        demand(
          bad.length === 0,
          `The headers of a request for ${api} have ${shortened(bad)}. The client writes host, content-length and authorization itself, and each is one line of text.`,
        );
      }
    },
  },
];
