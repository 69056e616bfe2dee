/** The pages of TensorRT-LLM's server, what it refuses, and how. */
import type { Shared } from '../../completion.js';
import type { HttpRequest, Reply } from '../../http.js';
import { sendMetrics } from '../../metrics.js';
import { roleFirst, type EngineServer } from '../dialect.js';
import { CHAT_FIELDS, COMPLETION_FIELDS, STREAM_FIELDS } from './fields.js';
import { trtllmLog } from './log.js';
import { iterationStats, trtllmMetrics } from './metrics.js';

/** What is told of itself by every call of the program and by `/version`. */
export const VERSION = '1.3.0rc24';

export interface TrtllmFacts {
  /** The name that it is served under: of a folder the last part, unless it was given one. */
  readonly model: string;
  /** As it stands on the command line. */
  readonly source: string;
  readonly blockTokens: number;
  readonly blocks: number;
  readonly slots: number;
  /** `return_perf_metrics`: there is a /prometheus/metrics. */
  readonly tellsMetrics: boolean;
  /** `enable_iter_perf_stats`: /metrics tells of iterations, and so does /prometheus/metrics. */
  readonly tellsIterations: boolean;
  /** Labels of the gauges that tell the configuration, by their names, as Python writes values. */
  readonly configurations: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export function trtllmServer(facts: TrtllmFacts): EngineServer {
  const sendJson = (reply: Reply, body: object) => reply.send(200, 'application/json', JSON.stringify(body));
  const created = Math.floor(Date.now() / 1_000);
  // Tokens that iterations which have been told of have made.
  let told = 0;
  return {
    listensWhenReady: true,
    sendLoading: (reply) => reply.send(503, 'text/plain', ''),
    sendError,
    refusal,
    chatOptions: roleFirst,
    usage: (input, output, cached) => ({
      prompt_tokens: input,
      total_tokens: input + output,
      completion_tokens: output,
      prompt_tokens_details: { cached_tokens: cached },
    }),
    sendPage({ method, path }, reply, shared) {
      const route = `${method} ${path}`;
      if (route === 'GET /health') reply.send(200, 'text/plain', '');
      else if (route === 'GET /version') sendJson(reply, { version: VERSION });
      else if (route === 'GET /v1/models')
        sendJson(reply, {
          object: 'list',
          data: [{ id: facts.model, object: 'model', created, owned_by: 'tensorrt_llm' }],
        });
      else if (route === 'GET /metrics') sendJson(reply, iterations(shared));
      else if (facts.tellsMetrics && route === 'GET /prometheus/metrics')
        void sendMetrics(reply, shared, () => trtllmMetrics(shared, facts));
      else if (route === 'GET /energy_metrics')
        reply.send(503, 'application/json', JSON.stringify({ error: 'Energy monitoring is not available' }));
      else reply.send(404, 'application/json', JSON.stringify({ detail: 'Not Found' }));
    },
    log: trtllmLog(facts),
  };

  /** What has been told is gone: a second reader finds nothing. */
  function iterations(shared: Shared): object[] {
    const sent = shared.scheduler.tokensSent();
    if (!facts.tellsIterations || sent === told) return [];
    const since = sent - told;
    told = sent;
    return [iterationStats(shared, facts, since)];
  }
}

function refusal({ headers, path }: HttpRequest, body: object): readonly [number, string] | null {
  if (headers.get('content-type')?.split(';')[0] !== 'application/json')
    return [400, "[{'type': 'model_attributes_type', 'loc': ('body',)}]"];
  const known = path.includes('chat') ? CHAT_FIELDS : COMPLETION_FIELDS;
  const unknown = Object.keys(body).filter((field) => !known.has(field));
  const options: unknown = 'stream_options' in body ? body.stream_options : null;
  const nested = typeof options === 'object' && options !== null ? Object.keys(options) : [];
  const all = [
    ...unknown.map((field) => `'${field}'`),
    ...nested.filter((field) => !STREAM_FIELDS.has(field)).map((field) => `'stream_options', '${field}'`),
  ];
  if (all.length === 0) return null;
  const errors = all.map(
    (where) =>
      `{'type': 'extra_forbidden', 'loc': ('body', ${where}), 'msg': 'Extra inputs are not permitted'}`,
  );
  return [400, `[${errors.join(', ')}]`];
}

function sendError(reply: Reply, code: number, message: string): void {
  const type = code < 500 ? 'BadRequestError' : 'InternalServerError';
  reply.send(code, 'application/json', JSON.stringify({ object: 'error', message, type, param: null, code }));
}
