/** One request as the load generator sends it, and all that its stream tells through the paths of a dialect. */
import type { Dialect, JsonPath } from '@llem/core';
import { compileBody, type BodyValues } from '@llem/core/dialect-body';
import { demand } from '../rule.js';

/** What a streamed answer told, in all its events. */
export interface Answer {
  readonly text: string;
  readonly textEvents: number;
  readonly finishReason: string | null;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  /** Whether the last event was that which the dialect calls `done`. */
  readonly isDone: boolean;
}

const ANSWER_LIMIT_MS = 20_000;

function at(value: unknown, path: JsonPath): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined),
    value,
  );
}

/** Throws where the server refuses, or where an event is neither JSON nor `done`. */
export async function askStreamed(baseUrl: string, dialect: Dialect, values: BodyValues): Promise<Answer> {
  const { stream } = dialect;
  const response = await fetch(`${baseUrl}${dialect.path}`, {
    method: 'POST',
    // `fetch` decides on the connection by itself.
    headers: { 'content-type': 'application/json', ...withoutConnection(dialect.headers) },
    body: compileBody(dialect.body)(values),
    signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
  });
  const page = await response.text();
  demand(
    response.status === 200,
    `The server answers ${response.status} to the request: ${page.slice(0, 300)}`,
  );
  const events = page
    .split(/\r?\n/)
    .flatMap((line) => (line.startsWith('data:') ? [line.slice(5).trim()] : []));
  const bodies = events.filter((event) => event !== stream.done).map((event): unknown => JSON.parse(event));
  const last = <T>(path: JsonPath, is: (value: unknown) => value is T): T | null =>
    bodies.map((body) => at(body, path)).findLast(is) ?? null;
  const [failure] = bodies
    .map((body) => at(body, stream.error))
    .filter((error) => error !== undefined && error !== null);
  demand(failure === undefined, `The stream tells of an error: ${JSON.stringify(failure)}.`);
  const texts = bodies
    .map((body) =>
      stream.text
        .map((path) => at(body, path))
        .filter(isText)
        .join(''),
    )
    .filter((text) => text !== '');
  return {
    text: texts.join(''),
    textEvents: texts.length,
    finishReason: last(stream.finishReason, isText),
    inputTokens: last(stream.usage.input, isCount),
    outputTokens: last(stream.usage.output, isCount),
    isDone: events.at(-1) === stream.done,
  };
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value);

const withoutConnection = (headers: Dialect['headers']): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'connection'));
