/** What an engine answers beside completions: its health, its facts, its metrics, its cache, its ledger. */
import { setTimeout as sleep } from 'node:timers/promises';
import { complete, sendError, type Shared } from './completion.js';
import type { Handler, HttpRequest, Reply } from './http.js';
import { ledgerJson } from './ledger.js';
import { GARBAGE, metricsText } from './metrics.js';

/** `argv` is only told again, in the ledger. */
export function createRouter(shared: Shared, isReady: () => boolean, argv: readonly string[]): Handler {
  const { options, ledger } = shared;
  return (request, reply) => {
    const { method, path } = request;
    const route = `${method} ${path}`;
    if (route === 'GET /ledger') {
      void sendLedger(reply, shared, argv);
      return;
    }
    if (route === 'POST /ledger/clear') {
      ledger.clear();
      reply.send(200, 'application/json', '{}');
      return;
    }
    ledger.ask(method, path);
    if (!isReady()) sendError(reply, 503, 'Loading model', 'unavailable_error');
    else if (!mayAsk(request, options.token)) sendError(reply, 401, 'Invalid token', 'authentication_error');
    else if (/^POST \/v1\/(chat\/)?completions$/.test(route)) complete(request, reply, shared);
    else if (route === 'POST /reset_prefix_cache') resetCache(reply, shared);
    else if (route === 'GET /metrics') void sendMetrics(reply, shared);
    else sendPage(reply, path, shared);
  };
}

function mayAsk({ path, headers }: HttpRequest, token: string | null): boolean {
  if (token === null || !path.startsWith('/v1/')) return true;
  return headers.get('authorization') === `Bearer ${token}`;
}

function sendPage(reply: Reply, path: string, { options }: Shared): void {
  const model = { id: options.model, object: 'model', created: 0, owned_by: 'llem-testkit' };
  const pages = new Map<string, object>([
    ['/health', { status: 'ok' }],
    ['/v1/models', { object: 'list', data: [model] }],
    [
      '/props',
      {
        default_generation_settings: { n_ctx: options.contextPerSlot ?? 0 },
        total_slots: options.slots,
        model_path: options.model,
        build_info: 'simulated',
      },
    ],
  ]);
  const page = pages.get(path);
  if (page === undefined) sendError(reply, 404, 'File Not Found', 'not_found_error');
  else reply.send(200, 'application/json', JSON.stringify(page));
}

/** Only an engine that does nothing can empty its cache. */
function resetCache(reply: Reply, { options, cache, scheduler }: Shared): void {
  if (cache === null) {
    sendError(reply, 404, 'File Not Found', 'not_found_error');
  } else if (options.faults['reset-refused'] === true || scheduler.running() + scheduler.waiting() > 0) {
    sendError(reply, 400, 'The cache is in use');
  } else {
    if (options.faults['reset-lies'] !== true) cache.clear();
    reply.send(200, 'application/json', '{}');
  }
}

async function sendMetrics(reply: Reply, { options, scheduler, totals }: Shared): Promise<void> {
  const { faults } = options;
  const slowMs = faults['metrics-slow'] ?? 0;
  if (slowMs > 0) await sleep(slowMs, undefined, { ref: false });
  if (faults['metrics-404'] === true) sendError(reply, 404, 'File Not Found', 'not_found_error');
  else
    reply.send(
      200,
      'text/plain',
      faults['metrics-garbage'] === true ? GARBAGE : metricsText(options, scheduler, totals),
    );
}

/** As fast as it is read: a ledger may be larger than memory should hold twice. */
async function sendLedger(reply: Reply, { ledger }: Shared, argv: readonly string[]): Promise<void> {
  const gone = { isGone: false };
  const drain = { resolve: (): void => undefined };
  reply.onDrain(() => drain.resolve());
  reply.onGone(() => {
    gone.isGone = true;
    drain.resolve();
  });
  reply.write(reply.head(200, 'application/json', 'transfer-encoding: chunked\r\n'));
  for (const part of ledgerJson(ledger, argv)) {
    const bytes = Buffer.from(part);
    const framed = [Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')];
    if (!reply.write(Buffer.concat(framed))) {
      await new Promise<void>((resolve) => {
        drain.resolve = resolve;
      });
    }
    if (gone.isGone) return;
  }
  reply.write(Buffer.from('0\r\n\r\n'));
  reply.end(false);
}
