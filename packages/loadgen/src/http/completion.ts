/** One streamed completion over HTTP: sent, stamped chunk by chunk, and told as a trace. */
import http from 'node:http';
import https from 'node:https';
import type { Dialect, Prompt } from '@llem/core';
import type { RequestTrace } from '../trace.js';
import { bearsToken, readChunk } from './chunk.js';
import { createSseReader } from './sse.js';
import { compileBody } from './template.js';

/** Room for the first chunks of an answer; it grows with them. */
const FIRST_CHUNKS = 1024;
/** Bytes kept of an answer that is no stream, for its message. */
const MAX_ERROR_BODY_BYTES = 4096;

export interface CompletionClient {
  /** Sends one request. Never rejects: what went wrong is in the trace. `onToken` gets the time of each token chunk. */
  complete(request: CompletionRequest): Promise<RequestTrace>;
  /** Ends every request in flight as cancelled, and all connections. */
  close(): void;
}

export interface CompletionRequest {
  readonly index: number;
  readonly slot: number;
  readonly prompt: Prompt;
  readonly seed: number;
  readonly onToken: (atNs: number) => void;
}

export interface ClientOptions {
  readonly baseUrl: string;
  readonly dialect: Dialect;
  /** Most connections at once. */
  readonly connections: number;
  /** Nanoseconds since the load's origin. */
  readonly now: () => number;
}

/** A client that keeps its connections alive and sends nothing twice. */
export function createCompletionClient(options: ClientOptions): CompletionClient {
  const { dialect, now } = options;
  const url = new URL(dialect.path, `${options.baseUrl}/`);
  const transport = url.protocol === 'https:' ? https : http;
  const agent = new transport.Agent({ keepAlive: true, maxSockets: options.connections, noDelay: true });
  const renderBody = compileBody(dialect.body);
  const inFlight = new Set<() => void>();

  const complete = ({ index, slot, prompt, seed, onToken }: CompletionRequest): Promise<RequestTrace> =>
    new Promise((resolve) => {
      const body = Buffer.from(
        renderBody({ prompt: prompt.content, outputTokens: prompt.outputTokens, seed }),
        'utf8',
      );
      let chunkNs = new Float64Array(Math.min(prompt.outputTokens + 2, FIRST_CHUNKS));
      let cumulative: Float64Array | null = null;
      let chunks = 0;
      let chunksWithUsage = 0;
      let usage: { input: number | null; cached: number | null; output: number | null } | null = null;
      let finishReason: string | null = null;
      let done = false;
      let settled = false;

      const settle = (
        status: RequestTrace['status'],
        errorClass: string | null,
        errorMessage: string | null,
      ) => {
        if (settled) return;
        settled = true;
        inFlight.delete(cancel);
        const times = chunkNs.slice(0, chunks);
        resolve({
          index,
          slot,
          sentNs,
          endedNs: now(),
          status,
          errorClass,
          errorMessage,
          inputTokensSent: prompt.inputTokens,
          outputTokensAsked: prompt.outputTokens,
          inputTokens: usage?.input ?? null,
          inputTokensCached: usage?.cached ?? null,
          outputTokens: usage?.output ?? null,
          finishReason,
          chunkNs: times,
          chunkTokens: tokensPerChunk(
            times.length,
            chunksWithUsage === chunks ? cumulative : null,
            usage?.output ?? null,
          ),
        });
      };
      const fail = (errorClass: string, message: string) => {
        settle('failed', errorClass, message);
        request.destroy();
      };
      const cancel = () => {
        settle('cancelled', null, null);
        request.destroy();
      };

      /** Arrival of the bytes being read: stamped before they are parsed. */
      let arrivedNs = 0;
      const onEvent = (payload: string): void => {
        if (settled) return;
        if (payload === dialect.stream.done) {
          done = true;
          return;
        }
        const chunk = readChunk(payload, dialect.stream);
        if (chunk.error !== null) {
          fail('engine-error', chunk.error);
          return;
        }
        if (chunk.finishReason !== null) finishReason = chunk.finishReason;
        if (chunk.outputTokens !== null || chunk.inputTokens !== null) {
          usage = { input: chunk.inputTokens, cached: chunk.cachedTokens, output: chunk.outputTokens };
        }
        if (!bearsToken(chunk)) return;
        if (chunks === chunkNs.length) chunkNs = grown(chunkNs);
        chunkNs[chunks] = arrivedNs;
        if (chunk.outputTokens !== null) {
          cumulative ??= new Float64Array(chunkNs.length);
          if (cumulative.length < chunkNs.length) cumulative = grown(cumulative);
          cumulative[chunks] = chunk.outputTokens;
          chunksWithUsage += 1;
        }
        chunks += 1;
        onToken(arrivedNs);
      };

      const onResponse = (response: http.IncomingMessage): void => {
        const type = response.headers['content-type'] ?? '';
        if (response.statusCode !== 200 || !type.includes('text/event-stream')) {
          collectError(response, fail, type);
          return;
        }
        const reader = createSseReader(onEvent);
        response.on('data', (bytes: Buffer) => {
          arrivedNs = now();
          try {
            reader.push(bytes);
          } catch (error) {
            const oversized = error instanceof RangeError;
            fail(
              oversized ? 'oversized-event' : 'malformed-stream',
              error instanceof Error ? error.message : String(error),
            );
          }
        });
        response.on('end', () => {
          if (done || finishReason !== null) settle('completed', null, null);
          else fail('cut-stream', 'the answer ended before its last event');
        });
        response.on('error', (error) => fail('connection', error.message));
      };

      inFlight.add(cancel);
      const sentNs = now();
      const request = transport.request(
        url,
        {
          method: 'POST',
          agent,
          headers: {
            'content-type': 'application/json',
            accept: 'text/event-stream',
            'content-length': body.length,
            ...dialect.headers,
          },
        },
        onResponse,
      );
      request.on('error', (error: NodeJS.ErrnoException) => fail('connection', error.code ?? error.message));
      request.end(body);
    });

  return {
    complete,
    close() {
      for (const cancel of [...inFlight]) cancel();
      agent.destroy();
    },
  };
}

/** Tokens of each chunk: by continuous usage where every chunk had it, else the final usage spread evenly. */
function tokensPerChunk(
  chunks: number,
  cumulative: Float64Array | null,
  output: number | null,
): Float64Array | null {
  if (chunks === 0) return null;
  if (cumulative) {
    const totals = cumulative.slice(0, chunks);
    const tokens = totals.map((total, index) => total - (index === 0 ? 0 : (totals[index - 1] ?? 0)));
    if (tokens.every((count) => count >= 0)) return tokens.every((count) => count === 1) ? null : tokens;
  }
  if (output === null || output === chunks) return null;
  return new Float64Array(chunks).fill(output / chunks);
}

function grown(array: Float64Array): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(array.length * 2);
  larger.set(array);
  return larger;
}

/** Reads the beginning of an answer that is not a stream, and fails with what it says. */
function collectError(
  response: http.IncomingMessage,
  fail: (errorClass: string, message: string) => void,
  contentType: string,
): void {
  const status = response.statusCode ?? 0;
  const errorClass = status === 200 ? 'not-a-stream' : `http-${status}`;
  const kept: Buffer[] = [];
  let size = 0;
  const finish = () => {
    const text = Buffer.concat(kept).toString('utf8').slice(0, MAX_ERROR_BODY_BYTES).trim();
    fail(errorClass, `HTTP ${status}${status === 200 ? ` (${contentType})` : ''}: ${text.slice(0, 500)}`);
  };
  response.on('data', (bytes: Buffer) => {
    kept.push(bytes);
    size += bytes.length;
    if (size > MAX_ERROR_BODY_BYTES) finish();
  });
  response.on('end', finish);
  response.on('error', finish);
}
