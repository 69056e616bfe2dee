/** How a generation is written to its client: one JSON document, or an event for every token. */
import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Batching, FinishReason, Generation } from './batching.js';
import type { ParsedRequest } from './request.js';
import type { TextDecoderOfTokens } from './text.js';

export type AnswerKind = 'completion' | 'chat';

const objectName = (kind: AnswerKind, stream: boolean) => {
  if (kind === 'completion') return 'text_completion';
  return stream ? 'chat.completion.chunk' : 'chat.completion';
};

/** Runs a request and answers it. A client that goes away gives its sequence back. */
export function answer(
  response: ServerResponse,
  kind: AnswerKind,
  request: ParsedRequest,
  { batching, decoder, model }: { batching: Batching; decoder: TextDecoderOfTokens; model: string },
): void {
  const head = {
    id: `${kind === 'chat' ? 'chatcmpl' : 'cmpl'}-${randomUUID()}`,
    object: objectName(kind, request.stream),
    created: Math.floor(Date.now() / 1000),
    model,
  };
  const usage = (answered: number) => ({
    prompt_tokens: request.generation.prompt.length,
    completion_tokens: answered,
    total_tokens: request.generation.prompt.length + answered,
    prompt_tokens_details: { cached_tokens: 0 },
  });
  const write = request.stream ? streamWriter() : documentWriter();
  let answered = 0;
  const generation: Generation = {
    ...request.generation,
    onToken(token, finish) {
      answered++;
      // The text of a token that ends the answer is not part of it, but the token was generated and counts.
      const text = finish === 'stop' ? '' : decoder.next(token, finish !== null);
      write(text, finish);
    },
  };
  response.on('close', () => {
    if (!response.writableEnded) batching.cancel(generation);
  });
  batching.submit(generation);

  function streamWriter(): (text: string, finish: FinishReason | null) => void {
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
    });
    response.flushHeaders();
    const common = JSON.stringify(head).slice(0, -1);
    // Put together by hand: this runs for every token of every sequence.
    const event = (text: string, finish: string) =>
      kind === 'completion'
        ? `data: ${common},"choices":[{"index":0,"text":${JSON.stringify(text)},"logprobs":null,"finish_reason":${finish}}]}\n\n`
        : `data: ${common},"choices":[{"index":0,"delta":{${answered === 1 ? '"role":"assistant",' : ''}"content":${JSON.stringify(text)}},"logprobs":null,"finish_reason":${finish}}]}\n\n`;
    return (text, finish) => {
      if (finish === null) {
        response.write(event(text, 'null'));
        return;
      }
      // The end is an event of its own without text, as a llama-server sends it: token events count tokens.
      const usageEvent = request.includeUsage
        ? `data: ${JSON.stringify({ ...head, choices: [], usage: usage(answered) })}\n\n`
        : '';
      response.end(`${event(text, 'null')}${event('', `"${finish}"`)}${usageEvent}data: [DONE]\n\n`);
    };
  }

  function documentWriter(): (text: string, finish: FinishReason | null) => void {
    let whole = '';
    return (text, finish) => {
      whole += text;
      if (finish === null) return;
      const choice = { index: 0, logprobs: null, finish_reason: finish };
      const body = JSON.stringify({
        ...head,
        choices: [
          kind === 'completion'
            ? { ...choice, text: whole }
            : { ...choice, message: { role: 'assistant', content: whole } },
        ],
        usage: usage(answered),
      });
      response.writeHead(200, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
      });
      response.end(body);
    };
  }
}
