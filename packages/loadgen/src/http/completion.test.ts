import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { simulatedDialect as dialect } from '@llem/testkit';
import { afterEach, expect, it } from 'vitest';
import type { RequestTrace } from '../trace.js';
import { createCompletionClient, type CompletionClient } from './completion.js';

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

/** A server that answers every request with `answer`, and a client for it. */
async function serve(
  answer: (response: http.ServerResponse, body: string) => void,
): Promise<CompletionClient> {
  const server = http.createServer((request, response) => {
    let body = '';
    request.on('data', (bytes: Buffer) => (body += bytes.toString()));
    request.on('end', () => answer(response, body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address() satisfies AddressInfo | string | null;
  const port = typeof address === 'object' && address ? address.port : 0;
  const origin = process.hrtime.bigint();
  const client = createCompletionClient({
    baseUrl: `http://127.0.0.1:${port}`,
    dialect,
    connections: 4,
    now: () => Number(process.hrtime.bigint() - origin),
  });
  open.push(() => {
    client.close();
    server.closeAllConnections();
    server.close();
  });
  return client;
}

const ask = (
  client: CompletionClient,
  onToken: (atNs: number) => void = () => undefined,
): Promise<RequestTrace> =>
  client.complete({
    index: 0,
    slot: 0,
    prompt: { content: [1, 2, 3], inputTokens: 3, outputTokens: 4 },
    seed: 1,
    onToken,
  });

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
    chunkTokens: null,
  });
  expect(trace.chunkNs).toHaveLength(4);
  expect([...trace.chunkNs]).toEqual(seen);
  expect(trace.chunkNs[0]).toBeGreaterThan(trace.sentNs);
});

it('spreads the final usage over chunks that bear several tokens', async () => {
  const client = await serve((response) => {
    stream(response).end(token('two words') + token(' more', 'length') + usage(4) + 'data: [DONE]\n\n');
  });
  expect((await ask(client)).chunkTokens).toEqual(Float64Array.from([2, 2]));
});

it('takes the tokens of each chunk from continuous usage', async () => {
  const part = (text: string, total: number) =>
    `data: ${JSON.stringify({ choices: [{ text, finish_reason: null }], usage: { prompt_tokens: 3, completion_tokens: total } })}\n\n`;
  const client = await serve((response) => {
    stream(response).end(part('a', 1) + part('bcd', 4) + 'data: [DONE]\n\n');
  });
  expect(await ask(client)).toMatchObject({ chunkTokens: Float64Array.from([1, 3]), outputTokens: 4 });
});

it.each([
  ['http-500', (response: http.ServerResponse) => response.writeHead(500).end('{"error":"boom"}'), 'boom'],
  [
    'not-a-stream',
    (response: http.ServerResponse) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>hi'),
    'text/html',
  ],
  [
    'cut-stream',
    (response: http.ServerResponse) => stream(response).end(token('a')),
    'before its last event',
  ],
  [
    'connection',
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
    'engine-error',
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
    baseUrl: 'http://127.0.0.1:9',
    dialect,
    connections: 1,
    now: () => 0,
  });
  expect(await ask(client)).toMatchObject({
    status: 'failed',
    errorClass: 'connection',
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
