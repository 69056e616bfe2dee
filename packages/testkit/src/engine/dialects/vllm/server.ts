/** The pages of vLLM's server, what it refuses, and how. */
import type { JsonObject } from '@llem/core';
import { z } from 'zod';
import type { Shared } from '../../completion.js';
import type { HttpRequest, Reply } from '../../http.js';
import { sendMetrics } from '../../metrics.js';
import { roleFirst, type EngineServer } from '../dialect.js';
import { vllmLog } from './log.js';
import { vllmMetrics } from './metrics.js';

/** What is told of itself by `vllm serve --version` and `/version`. */
export const VERSION = '0.32.0';

export interface VllmFacts {
  readonly model: string;
  readonly served: readonly string[];
  readonly maxModelLen: number | null;
  readonly blockTokens: number;
  readonly blocks: number;
  /** VLLM_SERVER_DEV_MODE=1. */
  readonly isDeveloped: boolean;
  /** Cached tokens stand in `usage`. */
  readonly tellsCached: boolean;
  readonly config: JsonObject;
}

export function vllmServer(facts: VllmFacts): EngineServer {
  const sendJson = (reply: Reply, body: object) => reply.send(200, 'application/json', JSON.stringify(body));
  const created = Math.floor(Date.now() / 1_000);
  return {
    listensWhenReady: true,
    sendLoading: (reply) => reply.send(503, 'text/plain', ''),
    sendError,
    refusal({ headers }, body) {
      const type = headers.get('content-type')?.split(';')[0];
      if (type !== 'application/json')
        return [400, "['Unsupported Media Type: Only 'application/json' is allowed']"];
      const { data } = z.looseObject({ model: z.string().optional() }).safeParse(body);
      if (data?.model === undefined || facts.served.includes(data.model)) return null;
      return [404, `The model \`${data.model}\` does not exist.`];
    },
    chatOptions: roleFirst,
    usage: (input, output, cached) => ({
      prompt_tokens: input,
      total_tokens: input + output,
      completion_tokens: output,
      ...(facts.tellsCached ? { prompt_tokens_details: { cached_tokens: cached } } : {}),
    }),
    sendPage({ method, path, query }: HttpRequest, reply: Reply, shared: Shared) {
      const route = `${method} ${path}`;
      if (route === 'GET /health' || path === '/ping') reply.send(200, 'text/plain', '');
      else if (route === 'GET /version') sendJson(reply, { version: VERSION });
      else if (route === 'GET /metrics') void sendMetrics(reply, shared, () => vllmMetrics(shared, facts));
      else if (route === 'GET /v1/models') sendJson(reply, { object: 'list', data: facts.served.map(card) });
      else if (facts.isDeveloped && route === 'POST /reset_prefix_cache')
        sendJson(reply, { success: reset(shared) });
      else if (facts.isDeveloped && route === 'GET /server_info')
        sendJson(reply, {
          vllm_config: query.includes('config_format=json') ? facts.config : textOf(facts.config),
          vllm_env: { VLLM_SERVER_DEV_MODE: true },
          system_env: {},
        });
      else sendError(reply, 404, 'Not Found');
    },
    log: vllmLog(facts, VERSION),
  };

  function card(id: string): object {
    return {
      id,
      object: 'model',
      created,
      owned_by: 'vllm',
      root: facts.model,
      parent: null,
      max_model_len: facts.maxModelLen,
    };
  }
}

/** It succeeds where nothing holds a block. */
function reset({ options: { faults }, cache, scheduler }: Shared): boolean {
  if (faults['reset-refused'] === true || scheduler.running() + scheduler.waiting() > 0) return false;
  if (faults['reset-lies'] !== true) cache?.clear();
  return true;
}

const TYPES: Readonly<Record<number, string>> = {
  400: 'BadRequestError',
  401: 'Unauthorized',
  404: 'NotFoundError',
};

function sendError(reply: Reply, code: number, message: string): void {
  const type = TYPES[code] ?? 'InternalServerError';
  reply.send(code, 'application/json', JSON.stringify({ error: { message, type, param: null, code } }));
}

/** One line, in the manner of Python. */
function textOf(config: JsonObject): string {
  return Object.entries(config)
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join(', ');
}
