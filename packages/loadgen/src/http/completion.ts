/** One streamed completion: sent, stamped chunk by chunk, and told as a trace. */
import type { Dialect, PromptContent } from '@llem/core';
import type { Sockets } from '../sockets/sockets.js';
import type { RequestTrace } from '../trace.js';
import { createChunkReader, EMPTY_TEXT, NO_TEXT, type Chunk } from './chunk.js';
import { createChunkLog } from './chunk-log.js';
import type { Connection, Exchange } from './connection.js';
import { createConnectionPool } from './pool.js';
import type { ResponseHead } from './response.js';
import { createSseReader } from './sse.js';
import { compileBody, takesMessages } from '@llem/core/dialect-body';

/** Bytes kept of an answer that is no stream, for its message. */
const MAX_ERROR_BODY_BYTES = 4096;
/** An answer may have this many chunks more than tokens were asked for before it counts as endless. */
const SPARE_CHUNKS = 1024;
/** A server that has said that it is done may take this long to end its answer; then its connection is given up. */
const MAX_LINGER_NS = 1e9;
/** A multi-turn answer is kept up to this many characters. */
const MAX_ANSWER_CHARACTERS = 1024 * 1024;

export interface CompletionClient {
  /** Sends one request. Never rejects but for content that the interface does not take: what went wrong is in the trace. */
  complete(request: CompletionRequest): Promise<Completion>;
  /** Ends what has been silent for too long; to be called now and then. */
  endSilent(): void;
  /** Ends every request in flight as cancelled, and all connections. */
  close(): void;
}

export interface CompletionRequest {
  readonly index: number;
  readonly slot: number | null;
  readonly conversation: number;
  readonly turn: number;
  /** Nanoseconds since the load's origin; what they mean says `RequestTrace`. */
  readonly intendedNs: number;
  readonly roomNs: number;
  readonly content: PromptContent;
  readonly inputTokens: number | null;
  readonly outputTokens: number;
  readonly seed: number;
  /** Whether the text of the answer is wanted, for the next turn. */
  readonly keepAnswer: boolean;
  /** Just before the first byte is given to the connection. */
  readonly onSent: (atNs: number) => void;
  /** Gets the time of each token-bearing chunk. */
  readonly onToken: (atNs: number, first: boolean) => void;
}

export interface Completion {
  readonly trace: RequestTrace;
  /** Empty unless it was wanted. */
  readonly answer: string;
}

export interface ClientOptions {
  readonly baseUrl: string;
  readonly sockets: Sockets;
  readonly dialect: Dialect;
  /** Bearer token; null for none. It goes into the header and nowhere else. */
  readonly token: string | null;
  /** A request without a token-bearing chunk for this long has failed, s. */
  readonly silenceS: number;
  /** Nanoseconds since the load's origin. */
  readonly now: () => number;
}

/** A request under way. */
interface InFlight {
  /** The last sign of life. */
  aliveNs(): number;
  fail(errorClass: string, message: string): void;
  cancel(): void;
}

/** A client that keeps its connections alive and sends nothing twice. */
export function createCompletionClient(options: ClientOptions): CompletionClient {
  const { dialect, now, silenceS } = options;
  const url = new URL(`${options.baseUrl}${dialect.path}`);
  const pool = createConnectionPool(url, options.sockets, now);
  const renderBody = compileBody(dialect.body);
  const isChat = takesMessages(dialect.body);
  const head = renderHead(url, dialect, options.token);
  const chunkReader = createChunkReader(dialect.stream);
  const inFlight = new Set<InFlight>();
  /** Connections whose request is done while the answer has not ended, since when. */
  const lingering = new Map<Connection, number>();

  const complete = async (request: CompletionRequest): Promise<Completion> => {
    const { content, outputTokens, seed, intendedNs, roomNs } = request;
    const body = renderBody({ content, outputTokens, seed });
    const text = `${head}${Buffer.byteLength(body)}\r\n\r\n${body}`;
    return new Promise((resolve) => {
      const log = createChunkLog();
      let connection: Connection | null = null;
      let sentNs = now();
      let aliveNs = sentNs;
      let inputTokens: number | null = null;
      let cachedTokens: number | null = null;
      let outputTokensTold: number | null = null;
      let finishReason: string | null = null;
      let done = false;
      let settled = false;
      let answer = '';

      const settle = (
        status: RequestTrace['status'],
        errorClass: string | null,
        message: string | null,
        endedNs = now(),
      ) => {
        if (settled) return;
        settled = true;
        inFlight.delete(self);
        resolve({
          answer,
          trace: {
            index: request.index,
            slot: request.slot,
            conversation: request.conversation,
            turn: request.turn,
            intendedNs,
            roomNs,
            sentNs,
            endedNs,
            status,
            errorClass,
            errorMessage: message,
            inputTokensSent: request.inputTokens,
            outputTokensAsked: outputTokens,
            inputTokens,
            inputTokensCached: cachedTokens,
            outputTokens: outputTokensTold,
            finishReason,
            chunks: log.close(outputTokensTold, dialect.stream.eventPerToken),
          },
        });
      };
      const fail = (errorClass: string, message: string) => {
        settle('failed', errorClass, message.slice(0, 500));
        connection?.destroy();
      };
      const self: InFlight = {
        aliveNs: () => aliveNs,
        fail,
        cancel() {
          settle('cancelled', null, null);
          connection?.destroy();
        },
      };

      let arrivedNs = 0;
      const onEvent = (bytes: Buffer, start: number, end: number): void => {
        if (settled || done) return;
        if (isDone(bytes, start, end)) {
          done = true;
          return;
        }
        const chunk = chunkReader.read(bytes, start, end);
        if (chunk.error !== null) {
          fail('server-error', chunk.error);
          return;
        }
        if (chunk.finishReason !== null) finishReason = chunk.finishReason;
        if (chunk.inputTokens >= 0) inputTokens = chunk.inputTokens;
        if (chunk.cachedTokens >= 0) cachedTokens = chunk.cachedTokens;
        const toldBefore = outputTokensTold ?? 0;
        if (chunk.outputTokens >= 0) outputTokensTold = chunk.outputTokens;
        if (!bearsToken(chunk, toldBefore)) return;
        if (chunk.text === EMPTY_TEXT && chunk.outputTokens < 0 && log.length === 0) {
          // A chat announces itself so.
          if (!isChat) log.addLeading(arrivedNs);
          return;
        }
        if (request.keepAnswer && answer.length < MAX_ANSWER_CHARACTERS) answer += chunkReader.text();
        if (log.length > 2 * outputTokens + SPARE_CHUNKS) {
          fail('too-many-tokens', `more than ${log.length} chunks for ${outputTokens} tokens asked for`);
          return;
        }
        const first = log.length === 0;
        log.add(arrivedNs, chunk.outputTokens);
        aliveNs = arrivedNs;
        request.onToken(arrivedNs, first);
      };
      const sse = createSseReader(onEvent);
      const answered: { refusal: Refusal | null } = { refusal: null };

      const exchange: Exchange = {
        onHead(response) {
          answered.refusal = refusalOf(response);
        },
        onBody(bytes, start, end, atNs) {
          if (settled) return;
          const { refusal } = answered;
          if (refusal) {
            refusal.text += bytes.toString('utf8', start, Math.min(end, start + MAX_ERROR_BODY_BYTES));
            if (refusal.text.length > MAX_ERROR_BODY_BYTES) fail(refusal.errorClass, messageOf(refusal));
            return;
          }
          arrivedNs = atNs;
          try {
            sse.push(bytes, start, end);
          } catch (error) {
            const errorClass = error instanceof RangeError ? 'event-too-large' : 'malformed-stream';
            fail(errorClass, error instanceof Error ? error.message : String(error));
          }
          // What was just read may have ended it.
          if (!done || !inFlight.has(self)) return;
          if (connection) lingering.set(connection, atNs);
          settle('completed', null, null, atNs);
        },
        onEnd(atNs) {
          if (connection) {
            lingering.delete(connection);
            pool.giveBack(connection);
          }
          const { refusal } = answered;
          if (refusal) settle('failed', refusal.errorClass, messageOf(refusal));
          else if (finishReason !== null) settle('completed', null, null, atNs);
          else settle('failed', 'cut-stream', 'the answer ended before its last event');
        },
        onFailure(failure) {
          if (connection) lingering.delete(connection);
          if (failure.errorClass === 'closed' && log.length > 0)
            settle('failed', 'cut-stream', failure.message);
          else settle('failed', failure.errorClass, failure.message);
        },
      };

      const send = (open: Connection): void => {
        sentNs = now();
        aliveNs = sentNs;
        request.onSent(sentNs);
        open.send(text, exchange);
      };
      inFlight.add(self);
      const taken = pool.take();
      connection = taken;
      if (taken.isReusable()) {
        send(taken);
      } else {
        taken.opened.then(
          () => {
            if (!settled) send(taken);
          },
          (reason: unknown) => {
            settle('failed', 'connect', reason instanceof Error ? reason.message : String(reason));
          },
        );
      }
    });
  };

  const doneBytes = Buffer.from(dialect.stream.done);
  const isDone = (bytes: Buffer, start: number, end: number): boolean =>
    end - start === doneBytes.length &&
    bytes[start] === doneBytes[0] &&
    bytes.compare(doneBytes, 0, doneBytes.length, start, end) === 0;

  return {
    complete,
    endSilent() {
      const latestNs = now() - silenceS * 1e9;
      for (const request of [...inFlight]) {
        if (request.aliveNs() < latestNs) request.fail('timeout', `no token for ${silenceS} s`);
      }
      for (const [connection, sinceNs] of [...lingering]) {
        if (now() - sinceNs <= MAX_LINGER_NS) continue;
        lingering.delete(connection);
        connection.destroy();
      }
    },
    close() {
      for (const request of [...inFlight]) request.cancel();
      pool.close();
    },
  };
}

/**
 * An event stands for a token when it has text, when the count that it tells has grown, or when its text is empty and it
 * is not the last: bytes of a character that is not whole yet.
 */
function bearsToken(chunk: Chunk, toldBefore: number): boolean {
  if (chunk.text === NO_TEXT) return false;
  if (chunk.text !== EMPTY_TEXT) return true;
  if (chunk.outputTokens >= 0) return chunk.outputTokens > toldBefore && chunk.finishReason === null;
  return chunk.finishReason === null;
}

/** Everything up to the value of content-length. */
function renderHead(url: URL, dialect: Dialect, token: string | null): string {
  const headers = new Map([
    ['host', url.host],
    ['content-type', 'application/json'],
    ['accept', 'text/event-stream'],
    ['accept-encoding', 'identity'],
    ['user-agent', 'llem'],
  ]);
  if (token !== null) headers.set('authorization', `Bearer ${token}`);
  for (const [name, value] of Object.entries(dialect.headers)) headers.set(name.toLowerCase(), value);
  const lines = [...headers].map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST ${url.pathname}${url.search} HTTP/1.1\r\n${lines.join('')}content-length: `;
}

/** An answer that is no stream of events. */
interface Refusal {
  readonly errorClass: string;
  readonly status: number;
  readonly about: string;
  text: string;
}

function refusalOf({ status, headers }: ResponseHead): Refusal | null {
  const type = headers.get('content-type') ?? 'no content-type';
  const encoding = headers.get('content-encoding') ?? 'identity';
  const refuse = (errorClass: string, about: string): Refusal => ({ errorClass, status, about, text: '' });
  if (status !== 200) return refuse(`http-${status}`, '');
  if (encoding.toLowerCase() !== 'identity')
    return refuse('unexpected-encoding', ` (content-encoding ${encoding})`);
  return type.toLowerCase().includes('text/event-stream')
    ? null
    : refuse('unexpected-content-type', ` (${type})`);
}

function messageOf({ errorClass, status, about, text }: Refusal): string {
  const said = errorClass === 'unexpected-encoding' ? '' : `: ${text.trim()}`;
  return `HTTP ${status}${about}${said}`;
}
