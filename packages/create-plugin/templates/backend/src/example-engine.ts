/**
 * EXAMPLE, TO BE REPLACED by your engine: remove this file and name your engine's command in service.ts.
 *
 * A server with OpenAI's interface that computes nothing: it says the word "token" at a steady pace, and counts honestly what it
 * was asked and what it answered. It is here so that the plugin can be run before there is an engine.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';

const text = { type: 'string' } as const;
const { values: flags } = parseArgs({
  options: { model: text, host: text, port: text, slots: text, context: text, 'token-ms': text },
});
const { model, host, port, slots, context, tokenMs } = z
  .object({
    model: z.string(),
    host: z.string(),
    port: z.coerce.number(),
    slots: z.coerce.number(),
    context: z.coerce.number(),
    tokenMs: z.coerce.number(),
  })
  .parse({ ...flags, tokenMs: flags['token-ms'] });

const requestSchema = z.object({
  prompt: z.union([z.string(), z.array(z.int())]).optional(),
  messages: z.array(z.object({ content: z.string() })).optional(),
  max_tokens: z.int().min(1),
});
type GenerationRequest = z.output<typeof requestSchema>;

let running = 0;
let promptTokens = 0;
let generatedTokens = 0;
/** Those that wait for a slot, first come first served. */
const waiting: (() => void)[] = [];

const server = createServer((request, response) => {
  answer(request, response).catch((error: unknown) => {
    if (!response.headersSent) response.writeHead(400, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: { message: String(error) } }));
  });
});
server.listen(port, host);
server.on('error', (error) => {
  console.error(error);
  process.exit(1);
});
process.on('SIGTERM', () => process.exit(0));

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  switch (request.url) {
    case '/health':
      return void response.end('ok');
    case '/props':
      return void response.end(JSON.stringify({ version: 'example', slots, context }));
    case '/v1/models':
      return void response.end(JSON.stringify({ object: 'list', data: [{ id: model, object: 'model' }] }));
    case '/metrics':
      return void response.end(
        [
          `engine_requests_running ${running}`,
          `engine_requests_waiting ${waiting.length}`,
          `engine_prompt_tokens_total ${promptTokens}`,
          `engine_generated_tokens_total ${generatedTokens}`,
          '',
        ].join('\n'),
      );
    case '/v1/completions':
      return inSlot(await bodyOf(request), response, (word) => ({ text: word }));
    case '/v1/chat/completions':
      return inSlot(await bodyOf(request), response, (word) => ({ delta: { content: word } }));
    default:
      response.writeHead(404).end();
  }
}

async function bodyOf(request: IncomingMessage): Promise<GenerationRequest> {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) body += String(chunk);
  return requestSchema.parse(JSON.parse(body));
}

async function inSlot(
  request: GenerationRequest,
  response: ServerResponse,
  choiceOf: (word: string) => object,
): Promise<void> {
  if (running >= slots) await new Promise<void>((resolve) => waiting.push(resolve));
  running += 1;
  try {
    await generate(request, response, choiceOf);
  } finally {
    running -= 1;
    waiting.shift()?.();
  }
}

async function generate(
  request: GenerationRequest,
  response: ServerResponse,
  choiceOf: (word: string) => object,
): Promise<void> {
  const asked = tokensIn(request);
  if (asked + request.max_tokens > context) throw new Error(`the request has more than ${context} tokens`);
  promptTokens += asked;
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const send = (event: object) => response.write(`data: ${JSON.stringify(event)}\n\n`);
  const startMs = performance.now();
  const isGone = () => response.destroyed;
  let answered = 0;
  while (answered < request.max_tokens) {
    await pause(startMs + (answered + 1) * tokenMs - performance.now());
    // A client that goes away gives its slot back.
    if (isGone()) return;
    answered += 1;
    generatedTokens += 1;
    const finish = answered === request.max_tokens ? 'length' : null;
    const taken = send({ model, choices: [{ index: 0, ...choiceOf(' token'), finish_reason: finish }] });
    // A client that reads slowly is waited for, or its answers would pile up here.
    if (!taken && !isGone()) await Promise.race([once(response, 'drain'), once(response, 'close')]);
  }
  send({
    model,
    choices: [],
    usage: {
      prompt_tokens: asked,
      completion_tokens: answered,
      // It has no prefix cache. An engine that has one says how much of the prompt came from it.
      prompt_tokens_details: { cached_tokens: 0 },
    },
  });
  response.end('data: [DONE]\n\n');
}

/** Token ids are counted exactly; of text a word is a token here. */
function tokensIn({ prompt, messages }: GenerationRequest): number {
  if (Array.isArray(prompt)) return prompt.length;
  const all = [prompt ?? '', ...(messages ?? []).map(({ content }) => content)].join(' ');
  return all.split(/\s+/).filter((word) => word !== '').length;
}
