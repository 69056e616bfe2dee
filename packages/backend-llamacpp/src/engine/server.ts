/** The engine's HTTP interface: OpenAI's routes, and a llama-server's for health, metrics and properties. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { answer, type AnswerKind } from './answer.js';
import type { Batching } from './batching.js';
import { engineError } from './failure.js';
import type { EngineMetrics } from './metrics.js';
import type { LoadedModel } from './model.js';
import { httpError, isHttpError, parseChat, parseCompletion } from './request.js';
import { textDecoder } from './text.js';

/** Everything that answers need once the model is loaded. */
export interface Serving {
  readonly model: LoadedModel;
  readonly batching: Batching;
  /** Body of GET /props. */
  readonly properties: unknown;
}

/** Room for a million token ids and then some. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;

async function jsonBody(request: IncomingMessage): Promise<unknown> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of request) {
    if (!Buffer.isBuffer(piece)) continue;
    length += piece.length;
    // Read to its end but not kept, so that the client gets the answer instead of a broken pipe.
    if (length > MAX_BODY_BYTES) pieces.length = 0;
    else pieces.push(piece);
  }
  if (length > MAX_BODY_BYTES) throw httpError(413, `the body is larger than ${MAX_BODY_BYTES} bytes`);
  try {
    return JSON.parse(Buffer.concat(pieces).toString('utf8'));
  } catch {
    throw httpError(400, 'the body is not JSON');
  }
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

function sendError(response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const status = isHttpError(error) ? error.status : 500;
  const type = status === 503 ? 'unavailable_error' : status < 500 ? 'invalid_request_error' : 'server_error';
  const message = error instanceof Error ? error.message : String(error);
  sendJson(response, status, { error: { code: status, message, type } });
}

export interface EngineServer {
  readonly server: Server;
  /** From now on requests are served; until then /health and all else answer 503. */
  open(serving: Serving): void;
}

/** `alias` is the name that the model answers to. */
export function makeServer(alias: string, metrics: EngineMetrics): EngineServer {
  let serving: Serving | null = null;
  const ready = (): Serving => {
    if (!serving) throw httpError(503, 'the model is being loaded');
    return serving;
  };
  const generate = async (kind: AnswerKind, request: IncomingMessage, response: ServerResponse) => {
    const { model, batching } = ready();
    const body = await jsonBody(request);
    const parsed = kind === 'chat' ? parseChat(body, model) : parseCompletion(body, model);
    // The client may have gone while its body was read: then nothing closes any more.
    if (response.destroyed) return;
    const decoder = textDecoder((token) => model.tokenBytes(token));
    answer(response, kind, parsed, { batching, decoder, model: alias });
  };

  type Route = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;
  const routes = new Map<string, Route>([
    ['POST /v1/completions', (request, response) => generate('completion', request, response)],
    ['POST /v1/chat/completions', (request, response) => generate('chat', request, response)],
    [
      'GET /v1/models',
      (_, response) => {
        const { model } = ready();
        sendJson(response, 200, {
          object: 'list',
          data: [{ id: alias, object: 'model', owned_by: 'llem', max_model_len: model.sequenceContext }],
        });
      },
    ],
    [
      'GET /health',
      (_, response) => {
        ready();
        sendJson(response, 200, { status: 'ok' });
      },
    ],
    [
      'GET /metrics',
      (_, response) => {
        ready();
        response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
        response.end(metrics.text());
      },
    ],
    ['GET /props', (_, response) => sendJson(response, 200, ready().properties)],
  ]);

  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    const route = routes.get(`${request.method ?? ''} ${path}`);
    if (route) return route(request, response);
    const known = [...routes.keys()].some((key) => key.endsWith(` ${path}`));
    throw known
      ? httpError(405, `${path} does not take ${request.method ?? 'this method'}`)
      : httpError(404, `there is no ${path}`);
  };
  // A client keeps its connections through idle phases of minutes; closing one under it would fail a request.
  const server = createServer(
    { keepAliveTimeout: 3_600_000, requestTimeout: 60_000 },
    (request, response) => {
      serve(request, response).catch((error: unknown) => {
        sendError(response, error);
      });
    },
  );
  return {
    server,
    open: (given) => {
      serving = given;
    },
  };
}

/** Listens. Throws engine errors of class `port-in-use` and `cannot-listen`. */
export async function listen(server: Server, host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      const inUse = 'code' in error && error.code === 'EADDRINUSE';
      reject(
        inUse
          ? engineError('port-in-use', `${host}:${port} is in use by another program`)
          : engineError('cannot-listen', `cannot listen on ${host}:${port}`, error),
      );
    });
    server.listen(port, host, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
}
