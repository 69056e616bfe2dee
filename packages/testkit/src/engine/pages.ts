/** What an engine answers: its ledger, completions, and, in the manner of the server that it stands for, everything else. */
import { complete, type Shared } from './completion.js';
import type { Handler, HttpRequest, Reply } from './http.js';
import { ledgerJson } from './ledger.js';

/** `argv` is only told again, in the ledger. */
export function createRouter(shared: Shared, isReady: () => boolean, argv: readonly string[]): Handler {
  const { options, ledger, server } = shared;
  return (asked, reply) => {
    const isBelow = asked.path.startsWith(`${options.prefix}/`);
    const request = isBelow ? { ...asked, path: asked.path.slice(options.prefix.length) } : asked;
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
    if (!isBelow) server.sendError(reply, 404, 'Not Found');
    else if (!isReady()) server.sendLoading(reply);
    else if (!mayAsk(request, options.token))
      server.sendError(reply, 401, 'Invalid token', 'authentication_error');
    else if (/^POST \/v1\/(chat\/)?completions$/.test(route)) complete(request, reply, shared);
    else server.sendPage(request, reply, shared);
  };
}

function mayAsk({ path, headers }: HttpRequest, token: string | null): boolean {
  if (token === null || !path.startsWith('/v1/')) return true;
  return headers.get('authorization') === `Bearer ${token}`;
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
