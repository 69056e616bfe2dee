/** The pages of SGLang's server, what it refuses, and how. */
import type { JsonObject } from '@llem/core';
import { generateOne, type Shared } from '../../completion.js';
import type { HttpRequest, Reply } from '../../http.js';
import { sendMetrics } from '../../metrics.js';
import { roleFirst, type EngineServer } from '../dialect.js';
import { sglangLog } from './log.js';
import { sglangMetrics } from './metrics.js';

/** What is told of itself by `sglang version` and `/server_info`. */
export const VERSION = '0.5.23';

export interface SglangFacts {
  readonly model: string;
  readonly served: string;
  readonly kvTokens: number;
  readonly pageTokens: number;
  readonly contextTokens: number | null;
  /** --enable-metrics. */
  readonly tellsMetrics: boolean;
  /** --enable-cache-report: cached tokens stand in `usage`. */
  readonly tellsCached: boolean;
  /** False with SGLANG_ENABLE_HEALTH_ENDPOINT_GENERATION=0. */
  readonly healthGenerates: boolean;
  /** What `/server_info` tells. */
  readonly settings: JsonObject;
}

export function sglangServer(facts: SglangFacts): EngineServer {
  const sendJson = (reply: Reply, body: object) => reply.send(200, 'application/json', JSON.stringify(body));
  const created = Math.floor(Date.now() / 1_000);
  return {
    listensWhenReady: false,
    sendLoading: (reply) => reply.send(503, 'text/plain', ''),
    sendError,
    refusal: ({ headers }) =>
      headers.get('content-type')?.split(';')[0] === 'application/json'
        ? null
        : [400, "Unsupported Media Type: Only 'application/json' is allowed"],
    chatOptions: roleFirst,
    usage: (input, output, cached) => ({
      prompt_tokens: input,
      total_tokens: input + output,
      completion_tokens: output,
      prompt_tokens_details: facts.tellsCached ? { cached_tokens: cached } : null,
      reasoning_tokens: 0,
    }),
    sendPage(request, reply, shared) {
      const { method, path } = request;
      const route = `${method} ${path}`;
      if (route === 'GET /health' || route === 'GET /health_generate') sendHealth(request, reply, shared);
      else if (/^GET \/(get_)?server_info$/.test(route)) sendJson(reply, facts.settings);
      else if (/^GET \/(get_)?model_info$/.test(route))
        sendJson(reply, { model_path: facts.model, served_model_name: facts.served, is_generation: true });
      else if (route === 'GET /v1/models') sendJson(reply, { object: 'list', data: [card()] });
      else if (/^(GET|POST) \/flush_cache$/.test(route)) flush(reply, shared);
      else if (facts.tellsMetrics && route === 'GET /metrics')
        void sendMetrics(reply, shared, () => sglangMetrics(shared, facts));
      else reply.send(404, 'application/json', JSON.stringify({ detail: 'Not Found' }));
    },
    log: sglangLog(facts, VERSION),
  };

  /** Unless it is told not to, it makes a token to see whether the engine can; not where it is at it anyway. */
  function sendHealth(request: HttpRequest, reply: Reply, shared: Shared): void {
    const well = () => reply.send(200, 'text/plain', '');
    const makes = facts.healthGenerates || request.path === '/health_generate';
    if (makes && shared.scheduler.running() === 0) generateOne(request, reply, shared, well);
    else well();
  }

  function card(): object {
    return {
      id: facts.served,
      object: 'model',
      created,
      owned_by: 'sglang',
      root: facts.served,
      parent: null,
      max_model_len: facts.contextTokens,
    };
  }
}

/** Only an engine that does nothing can empty its cache. */
function flush(reply: Reply, { options: { faults }, cache, scheduler }: Shared): void {
  if (faults['reset-refused'] === true || scheduler.running() + scheduler.waiting() > 0) {
    reply.send(400, 'text/plain', 'Flush cache failed.\n');
    return;
  }
  if (faults['reset-lies'] !== true) cache?.clear();
  reply.send(200, 'text/plain', 'Cache flushed.\nPlease check backend logs for more details.\n');
}

const TYPES: Readonly<Record<number, string>> = { 400: 'BadRequestError', 401: 'AuthenticationError' };

function sendError(reply: Reply, code: number, message: string): void {
  const type = TYPES[code] ?? 'InternalServerError';
  reply.send(code, 'application/json', JSON.stringify({ object: 'error', message, type, param: null, code }));
}
