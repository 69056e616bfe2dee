import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { simulatedDialect as dialect } from '@llem/testkit';
import { afterEach, expect, it } from 'vitest';
import { arrivalsNs } from '../chunks.js';
import { createNodeSockets } from '../sockets/node.js';
import type { RequestTrace } from '../trace.js';
import { createCompletionClient, type ClientOptions, type CompletionClient } from './completion.js';

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

/** A server that answers every request with `answer`, and a client for it. */
async function serve(
  answer: (response: http.ServerResponse, body: string, request: http.IncomingMessage) => void,
  options: Partial<ClientOptions> = {},
): Promise<CompletionClient> {
  const server = http.createServer((request, response) => {
    let body = '';
    request.on('data', (bytes: Buffer) => (body += bytes.toString()));
    request.on('end', () => answer(response, body, request));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address() satisfies AddressInfo | string | null;
  const port = typeof address === 'object' && address ? address.port : 0;
  const origin = process.hrtime.bigint();
  const client = createCompletionClient({
    sockets: createNodeSockets(origin),
    baseUrl: `http://127.0.0.1:${port}`,
    dialect,
    token: null,
    silenceS: 60,
    now: () => Number(process.hrtime.bigint() - origin),
    ...options,
  });
  open.push(() => {
    client.close();
    server.closeAllConnections();
    server.close();
  });
  return client;
}

const REQUEST = {
  index: 0,
  slot: 0,
  conversation: 0,
  turn: 0,
  intendedNs: 0,
  roomNs: 0,
  content: [1, 2, 3],
  inputTokens: 3,
  outputTokens: 4,
  seed: 1,
  keepAnswer: false,
  onSent: () => undefined,
  onToken: () => undefined,
};

const ask = async (
  client: CompletionClient,
  onToken: (atNs: number) => void = () => undefined,
): Promise<RequestTrace> => (await client.complete({ ...REQUEST, onToken })).trace;

const token = (text: string, finish: string | null = null) =>
  `data: ${JSON.stringify({ choices: [{ text, finish_reason: finish }] })}\n\n`;
const usage = (output: number) =>
  `data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: 3, completion_tokens: output, prompt_tokens_details: { cached_tokens: 1 } } })}\n\n`;
const stream = (response: http.ServerResponse) =>
  response.writeHead(200, { 'content-type': 'text/event-stream' });

it('sends the prompt and the length asked for, and reads tokens, usage and end', async () => {
  const client = await serve((response, body) => {
    expect(JSON.parse(body)).toMatchObject({ prompt: [1, 2, 3], max_tokens: 4, seed: 1, stream: true });
    stream(response).write(token('a') + token('') + token('c') + token('d'));
    response.end(token('', 'length') + usage(4) + 'data: [DONE]\n\n');
  });
  const seen: number[] = [];
  const trace = await ask(client, (atNs) => seen.push(atNs));
  expect(trace).toMatchObject({
    status: 'completed',
    finishReason: 'length',
    inputTokens: 3,
    inputTokensCached: 1,
    outputTokens: 4,
  });
  expect(trace.chunks).toMatchObject({ count: 4, tokens: 1 });
  expect([...arrivalsNs(trace.chunks)]).toEqual(seen);
  expect(trace.chunks.firstNs).toBeGreaterThan(trace.sentNs);
});

it('spreads the final usage over chunks that bear several tokens', async () => {
  const client = await serve((response) => {
    stream(response).end(token('two words') + token(' more', 'length') + usage(4) + 'data: [DONE]\n\n');
  });
  expect((await ask(client)).chunks).toMatchObject({ count: 2, tokens: 2 });
});

it('takes the tokens of each chunk from continuous usage', async () => {
  const part = (text: string, total: number) =>
    `data: ${JSON.stringify({ choices: [{ text, finish_reason: null }], usage: { prompt_tokens: 3, completion_tokens: total } })}\n\n`;
  const client = await serve((response) => {
    stream(response).end(part('a', 1) + part('bcd', 4) + 'data: [DONE]\n\n');
  });
  expect(await ask(client)).toMatchObject({ chunks: { tokens: Uint32Array.of(1, 3) }, outputTokens: 4 });
});

it.each([
  ['http-500', (response: http.ServerResponse) => response.writeHead(500).end('{"error":"boom"}'), 'boom'],
  [
    'unexpected-content-type',
    (response: http.ServerResponse) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>hi'),
    'text/html',
  ],
  [
    'cut-stream',
    (response: http.ServerResponse) => stream(response).end(token('a')),
    'before its last event',
  ],
  [
    'closed',
    (response: http.ServerResponse) => {
      stream(response).flushHeaders();
      setImmediate(() => response.destroy());
    },
    'before the answer had ended',
  ],
  [
    'cut-stream',
    (response: http.ServerResponse) => {
      stream(response).write(token('a'));
      setImmediate(() => response.destroy());
    },
    '',
  ],
  [
    'malformed-stream',
    (response: http.ServerResponse) => stream(response).end('data: {"choices"\n\n'),
    'JSON',
  ],
  [
    'server-error',
    (response: http.ServerResponse) => stream(response).end('data: {"error":{"message":"out of slots"}}\n\n'),
    'out of slots',
  ],
])('names a failure of class %s', async (errorClass, answer, message) => {
  const client = await serve((response) => {
    answer(response);
  });
  const trace = await ask(client);
  expect(trace).toMatchObject({ status: 'failed', errorClass });
  expect(trace.errorMessage).toContain(message);
});

it('keeps no more than the beginning of an endless error page', async () => {
  const client = await serve((response) => {
    response.writeHead(503);
    const more = () => {
      while (!response.destroyed && response.write('x'.repeat(65_536)));
    };
    response.on('drain', more);
    more();
  });
  const trace = await ask(client);
  expect(trace.errorClass).toBe('http-503');
  expect(trace.errorMessage?.length).toBeLessThan(1_000);
});

it('says that nobody listens', async () => {
  const client = createCompletionClient({
    sockets: createNodeSockets(0n),
    baseUrl: 'http://127.0.0.1:9',
    dialect,
    token: null,
    silenceS: 60,
    now: () => 0,
  });
  expect(await ask(client)).toMatchObject({
    status: 'failed',
    errorClass: 'connect',
    errorMessage: 'ECONNREFUSED',
  });
});

it('ends what is in flight as cancelled when it is closed', async () => {
  let answered: () => void = () => undefined;
  const answering = new Promise<void>((resolve) => (answered = resolve));
  const client = await serve((response) => {
    stream(response).write(token('a'));
    answered();
  });
  const pending = ask(client);
  await answering;
  client.close();
  expect((await pending).status).toBe('cancelled');
});

it('counts an empty text before all others only where the server counts it', async () => {
  const answer = (tokens: number) => (response: http.ServerResponse) => {
    stream(response).end(token('') + token('a') + token('b', 'length') + usage(tokens) + 'data: [DONE]\n\n');
  };
  expect((await ask(await serve(answer(2)))).chunks.count).toBe(2);
  expect((await ask(await serve(answer(3)))).chunks.count).toBe(3);
});

it('uses a connection again, and none that was to be closed', async () => {
  const ports = new Set<number | undefined>();
  let close = false;
  const client = await serve((response, _body, request) => {
    ports.add(request.socket.remotePort);
    if (close) response.setHeader('connection', 'close');
    stream(response).end(token('a', 'length') + 'data: [DONE]\n\n');
  });
  for (let count = 0; count < 5; count += 1) await ask(client);
  expect(ports.size).toBe(1);
  close = true;
  for (let count = 0; count < 3; count += 1) expect((await ask(client)).status).toBe('completed');
  expect(ports.size).toBe(3);
});

it('is done when the server says so, even when it does not end its answer', async () => {
  let requests = 0;
  const client = await serve((response) => {
    requests += 1;
    stream(response).write(token('a', 'length') + 'data: [DONE]\n\n');
  });
  expect((await ask(client)).status).toBe('completed');
  expect((await ask(client)).status).toBe('completed');
  expect(requests).toBe(2);
});

it('sends the token as a bearer and tells it nobody', async () => {
  const client = await serve(
    (response, _body, request) => {
      if (request.headers.authorization === 'Bearer s3cret') stream(response).end(token('a', 'stop'));
      else response.writeHead(401).end('no');
    },
    { token: 's3cret' },
  );
  const trace = await ask(client);
  expect(trace.status).toBe('completed');
  expect(JSON.stringify(trace)).not.toContain('s3cret');
});

it('ends a request that is silent for too long, comments being no sign of life', async () => {
  let now = 0;
  let talk: () => void = () => undefined;
  const client = await serve(
    (response) => {
      stream(response).write(token('a'));
      talk = () => response.write(': still here\n\n');
    },
    { silenceS: 10, now: () => now },
  );
  let ended = false;
  const first = new Promise<void>((resolve) => {
    void client.complete({ ...REQUEST, onToken: () => resolve() }).then(({ trace }) => {
      ended = true;
      expect(trace).toMatchObject({ status: 'failed', errorClass: 'timeout' });
    });
  });
  await first;
  now = 9e9;
  talk();
  client.endSilent();
  await new Promise((resolve) => setImmediate(resolve));
  expect(ended).toBe(false);
  now = 11e9;
  client.endSilent();
  await new Promise((resolve) => setImmediate(resolve));
  expect(ended).toBe(true);
});

it('keeps the answer where the next turn needs it', async () => {
  const client = await serve((response) => {
    stream(response).end(token('one ') + token('two', 'stop'));
  });
  expect((await client.complete({ ...REQUEST, keepAnswer: true })).answer).toBe('one two');
  expect((await client.complete(REQUEST)).answer).toBe('');
});

it('tells when it was sent, which is not before the connection was there', async () => {
  const client = await serve((response) => {
    stream(response).end(token('a', 'stop'));
  });
  let sentNs = 0;
  const { trace } = await client.complete({ ...REQUEST, onSent: (atNs) => (sentNs = atNs) });
  expect(trace.sentNs).toBe(sentNs);
  expect(trace.sentNs).toBeGreaterThan(0);
});
