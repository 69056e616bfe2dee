/** A request for completion on its way: read, refused or given a slot, answered whole or streamed. */
import { createAnswer } from './answer.js';
import type { PrefixCache } from './cache.js';
import type { EngineServer } from './dialects/dialect.js';
import type { HttpRequest, Reply } from './http.js';
import type { OpenEntry, OpenLedger, Outcome } from './ledger.js';
import type { Totals } from './metrics.js';
import type { EngineOptions } from './options.js';
import { completionSchema, planAnswer, promptOf, type Completion } from './request.js';
import type { Job, Scheduler } from './scheduler.js';
import { createAnswerStream, type AnswerStream } from './stream.js';
import { createTiming } from './timing.js';

/** What all requests of an engine share. */
export interface Shared {
  readonly options: EngineOptions;
  readonly ledger: OpenLedger;
  readonly scheduler: Scheduler;
  readonly cache: PrefixCache | null;
  readonly totals: Totals;
  readonly server: EngineServer;
  /** Streams that have been opened and have not ended. */
  readonly streams: Set<AnswerStream>;
}

export function complete(asked: HttpRequest, reply: Reply, shared: Shared): void {
  const { path, body, receivedNs } = asked;
  const { options, ledger, totals, server } = shared;
  const request = parseCompletion(body);
  const refusal = request === null ? null : server.refusal(asked, request);
  if (request === null || refusal !== null) {
    const [code, message] = refusal ?? [400, 'The body is no request for completion.'];
    server.sendError(reply, code, message);
    return;
  }
  const plan = planAnswer(request, options);
  const prompt = promptOf(request);
  totals.inputTokens += prompt.length;
  const entry = ledger.open({
    path,
    connection: reply.connection,
    receivedNs,
    inputTokens: prompt.length,
    plannedTokens: plan.tokens,
  });
  const everyNth = options.faults['answer-500'];
  const tooLong = prompt.length + plan.tokens > (options.contextPerSlot ?? Infinity);
  if (tooLong || (everyNth !== undefined && (entry.index + 1) % everyNth === 0)) {
    entry.outcome = 'refused';
    entry.endedNs = process.hrtime.bigint();
    if (tooLong) server.sendError(reply, 400, 'the request exceeds the available context size');
    else server.sendError(reply, 500, 'simulated failure');
    return;
  }
  const makeAnswer = () =>
    createAnswer(options, {
      index: entry.index,
      chat: path.includes('chat'),
      plan,
      inputTokens: prompt.length,
      withUsage: request.stream_options?.include_usage === true,
      continuous: request.stream_options?.continuous_usage_stats === true,
      usage: server.usage,
    });
  if (request.stream === true) {
    const streamed = path.includes('chat') ? server.chatOptions(options) : options;
    const stream = createAnswerStream(streamed, makeAnswer, entry, reply, ledger.nowNs);
    submitStreamed(shared, reply, entry, prompt, stream);
  } else {
    const answer = makeAnswer();
    submit(shared, reply, {
      entry,
      onStart() {
        const timing = begin(shared, entry, prompt);
        answer.setCached(entry.cachedTokens);
        return timing;
      },
      tokensOfNextWrite: () => 1,
      onTokens(count) {
        entry.record(count, 1, true, ledger.nowNs());
        return true;
      },
      onEnd(outcome) {
        note(shared, entry, outcome);
        if (outcome !== 'completed') {
          reply.destroy();
          return;
        }
        const whole = Buffer.from(answer.whole());
        entry.bytes += whole.length;
        reply.send(200, 'application/json', whole);
      },
    });
  }
}

/** One token for nobody, as a check of health makes it where nothing runs; `done` is called when it has been made. */
export function generateOne(
  { path, receivedNs }: HttpRequest,
  reply: Reply,
  shared: Shared,
  done: () => void,
): void {
  const { ledger, options } = shared;
  const facts = { path, connection: reply.connection, receivedNs, inputTokens: 1, plannedTokens: 1 };
  const entry = ledger.open(facts);
  submit(shared, reply, {
    entry,
    onStart: () => createTiming(options, entry.index, 1),
    tokensOfNextWrite: () => 1,
    onTokens(count) {
      entry.record(count, 1, true, ledger.nowNs());
      return true;
    },
    onEnd(outcome) {
      entry.outcome = outcome;
      entry.endedNs = process.hrtime.bigint();
      if (outcome === 'completed') done();
      else reply.destroy();
    },
  });
}

function submitStreamed(
  shared: Shared,
  reply: Reply,
  entry: OpenEntry,
  prompt: readonly number[],
  stream: AnswerStream,
): void {
  const { streams, scheduler, options } = shared;
  const job: Job = {
    entry,
    onStart() {
      const timing = begin(shared, entry, prompt);
      stream.start(entry.cachedTokens);
      return timing;
    },
    tokensOfNextWrite: stream.tokensOfNextWrite,
    onTokens: stream.send,
    onEnd(outcome) {
      streams.delete(stream);
      if (outcome === 'cancelled') {
        stream.drop();
        note(shared, entry, outcome);
        return;
      }
      // The slot is free, but a client that goes away before all has left has not got its answer.
      reply.onGone(() => {
        stream.drop();
        note(shared, entry, 'cancelled');
      });
      stream.finish(() => {
        note(shared, entry, outcome);
        if (outcome === 'completed') reply.end(options.chunking.framing === 'close');
        else reply.destroy();
      });
    },
  };
  streams.add(stream);
  reply.onDrain(() => scheduler.resume(job));
  stream.open();
  submit(shared, reply, job);
}

function submit({ scheduler }: Shared, reply: Reply, job: Job): void {
  reply.onGone(() => scheduler.cancel(job));
  scheduler.add(job);
}

function begin({ options, cache, totals }: Shared, entry: OpenEntry, prompt: readonly number[]) {
  entry.cachedTokens = cache?.take(prompt) ?? 0;
  totals.cachedTokens += entry.cachedTokens;
  return createTiming(options, entry.index, prompt.length - entry.cachedTokens);
}

/** The first outcome stands. */
function note({ totals: { finished } }: Shared, entry: OpenEntry, outcome: Outcome): void {
  if (entry.outcome !== 'running') return;
  if (outcome === 'completed') {
    finished.requests += 1;
    finished.inputTokens += entry.inputTokens;
    finished.cachedTokens += entry.cachedTokens;
    finished.outputTokens += entry.plannedTokens;
  }
  entry.outcome = outcome;
  entry.endedNs = process.hrtime.bigint();
}

/** Null when the body is none. */
function parseCompletion(body: Buffer): Completion | null {
  try {
    return completionSchema.parse(JSON.parse(body.toString('utf8')));
  } catch {
    return null;
  }
}
