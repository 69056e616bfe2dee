/** The simulated engine: an HTTP server whose answers come at scripted times, with the faults that it is told to have. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createAnswer, errorJson } from './answer.js';
import { ledgerJson, type Ledger, type LedgerEntry } from './ledger.js';
import { engineOptionsSchema, type EngineOptions, type EngineOptionsInput } from './options.js';
import { completionSchema, inputTokensOf, planAnswer, type Completion } from './request.js';
import { createScheduler, type Job, type Scheduler } from './scheduler.js';

export interface SimulatedEngine {
  /** Without a slash at the end. */
  readonly baseUrl: string;
  readonly port: number;
  /** Live: it goes on growing. */
  readonly ledger: Ledger;
  /** Settles when the engine has ended: with 0 after `close`, with 1 when a fault ended it. */
  readonly ended: Promise<number>;
  /** Cuts every connection. Idempotent. */
  close(): Promise<void>;
}

/**
 * Starts an engine in this process. Rejects when its port is taken, or with the fault `exit-at-start`. The faults `ignore-sigterm`
 * and `flood-log` need a process of their own. `argv` is only told again, at `/ledger`.
 */
export async function startSimulatedEngine(
  input: EngineOptionsInput = {},
  argv: readonly string[] = [],
): Promise<SimulatedEngine> {
  const options = engineOptionsSchema.parse(input);
  if (options.faults['exit-at-start'] !== undefined) throw new Error('failed to load model');
  let exitCode = 0;
  const die = (code: number) => {
    exitCode = code;
    scheduler.close();
    server.close();
    server.closeAllConnections();
  };
  const scheduler = createScheduler(options, () => die(1));
  const readyAt = options.faults['hang-at-start'] === true ? Infinity : (options.faults['slow-start'] ?? 0);
  const startedAt = performance.now();
  const isReady = () => performance.now() - startedAt >= readyAt;
  const route = createRouter(options, scheduler, isReady, argv);
  const server = createServer({ keepAlive: true, keepAliveTimeout: 3_600_000, requestTimeout: 0 }, route);
  server.listen(options.port, options.host);
  await once(server, 'listening');
  const ended = once(server, 'close').then(() => exitCode);
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;
  return {
    baseUrl: `http://${options.host}:${port}`,
    port,
    ledger: scheduler.ledger,
    ended,
    close: async () => {
      if (server.listening) die(0);
      await ended;
    },
  };
}

type Route = (request: IncomingMessage, response: ServerResponse) => void;

function createRouter(
  options: EngineOptions,
  scheduler: Scheduler,
  isReady: () => boolean,
  argv: readonly string[],
): Route {
  const json = (response: ServerResponse, code: number, body: string) => {
    response.writeHead(code, { 'content-type': 'application/json' }).end(body);
  };
  return (request, response) => {
    const path = (request.url ?? '/').replace(/\?.*$/, '');
    if (path === '/ledger') {
      json(response, 200, ledgerJson(scheduler.ledger, argv));
    } else if (!isReady()) {
      json(response, 503, errorJson(503, 'Loading model', 'unavailable_error'));
    } else if (request.method === 'POST' && /^\/v1\/(chat\/)?completions$/.test(path)) {
      void complete(path, request, response, options, scheduler);
    } else {
      const page = pages(options, scheduler)[path];
      if (page === undefined) json(response, 404, errorJson(404, 'File Not Found', 'not_found_error'));
      else if (typeof page === 'string') response.writeHead(200, { 'content-type': 'text/plain' }).end(page);
      else json(response, 200, JSON.stringify(page));
    }
  };
}

/** What can be read with GET, as llama-server has it. */
function pages(options: EngineOptions, scheduler: Scheduler): Record<string, object | string> {
  const { ledger } = scheduler;
  const model = { id: options.model, object: 'model', created: 0, owned_by: 'llem-testkit' };
  return {
    '/health': { status: 'ok' },
    '/v1/models': { object: 'list', data: [model] },
    '/props': {
      default_generation_settings: { n_ctx: options.contextPerSlot ?? 0 },
      total_slots: options.slots,
      model_path: options.model,
      build_info: 'simulated',
    },
    '/metrics': metricsText({
      prompt_tokens_total: ledger.entries.reduce((sum, { inputTokens }) => sum + inputTokens, 0),
      tokens_predicted_total: ledger.tokens,
      requests_processing: scheduler.running(),
      requests_deferred: scheduler.waiting(),
    }),
  };
}

function metricsText(values: Readonly<Record<string, number>>): string {
  const type = (name: string) => (name.endsWith('_total') ? 'counter' : 'gauge');
  return Object.entries(values)
    .map(([name, value]) => `# TYPE llamacpp:${name} ${type(name)}\nllamacpp:${name} ${value}\n`)
    .join('');
}

async function complete(
  path: string,
  incoming: IncomingMessage,
  response: ServerResponse,
  options: EngineOptions,
  scheduler: Scheduler,
): Promise<void> {
  const receivedNs = process.hrtime.bigint();
  const refuse = (code: number, message: string) => {
    response
      .writeHead(code, { 'content-type': 'application/json' })
      .end(errorJson(code, message, 'server_error'));
  };
  const request = await readCompletion(incoming);
  if (request === null) {
    refuse(400, 'The body is no request for completion.');
    return;
  }
  const plan = planAnswer(request, options);
  const inputTokens = inputTokensOf(request);
  const index = scheduler.ledger.entries.length;
  const entry: LedgerEntry = {
    index,
    path,
    receivedNs,
    startedNs: null,
    tokenNs: [],
    endedNs: null,
    inputTokens,
    plannedTokens: plan.tokens,
    outcome: 'running',
  };
  scheduler.ledger.entries.push(entry);
  const everyNth = options.faults['answer-500'];
  const tooLong = inputTokens + plan.tokens > (options.contextPerSlot ?? Infinity);
  if (tooLong || (everyNth !== undefined && (index + 1) % everyNth === 0)) {
    entry.outcome = 'refused';
    if (tooLong) refuse(400, 'the request exceeds the available context size');
    else refuse(500, 'simulated failure');
    return;
  }

  const streaming = request.stream === true;
  const withUsage = request.stream_options?.include_usage === true;
  const answer = createAnswer(index, options.model, path.includes('chat'), plan);
  const job: Job = {
    entry,
    onTokens: (count) => {
      if (streaming) response.write(answer.token.repeat(count));
    },
    onEnd: (outcome) => {
      const usage = { inputTokens, outputTokens: plan.tokens + (options.faults['wrong-usage'] ?? 0) };
      if (outcome !== 'completed') response.destroy();
      else if (streaming) response.end(answer.last(withUsage ? usage : null));
      else response.end(answer.whole(usage));
    },
  };
  response.once('close', () => scheduler.cancel(job));
  response.writeHead(200, {
    'content-type': streaming ? 'text/event-stream' : 'application/json',
    'cache-control': 'no-cache',
  });
  if (streaming) response.flushHeaders();
  scheduler.add(job);
}

/** Null when the body is none. */
async function readCompletion(incoming: IncomingMessage): Promise<Completion | null> {
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
    return completionSchema.parse(JSON.parse(Buffer.concat(chunks).toString('utf8')));
  } catch {
    return null;
  }
}
