/** The load thread: builds the client and the closed loop from plain data, and reports. */
import { performance, type EventLoopUtilization } from 'node:perf_hooks';
import { parentPort, type MessagePort } from 'node:worker_threads';
import { createInstance, isLlemError } from '@llem/core';
import { startClosedLoop } from '../closed-loop.js';
import { createCompletionClient } from '../http/completion.js';
import type { LoadTrace, RequestTrace } from '../trace.js';
import type { FromThread, LoadPlan, ToThread } from './messages.js';
import { loadMemory, type Mark } from './shared.js';

interface RunningLoad {
  /** Settles with everything once `finish` was called and the requests sent inside the window have ended. */
  readonly trace: Promise<LoadTrace>;
  finish(): void;
  /** Ends every request in flight; `trace` settles with what there is. */
  abort(): void;
}

async function startLoad(
  plan: LoadPlan,
  buffer: SharedArrayBuffer,
  onMark: (mark: Mark) => void,
): Promise<RunningLoad> {
  const memory = loadMemory(buffer);
  const originNs = process.hrtime.bigint();
  const now = () => Number(process.hrtime.bigint() - originNs);
  memory.touch(originNs);

  const module: unknown = await import(plan.dataset.moduleUrl);
  const dataset = createInstance('dataset', plan.dataset.id, module, plan.context, plan.dataset.options);
  const prompts = dataset.open({ seed: plan.seed, workload: plan.workload, model: plan.model });
  const client = createCompletionClient({
    baseUrl: plan.endpoint.baseUrl,
    dialect: plan.dialect,
    connections: plan.workload.concurrency,
    now,
  });

  const traces: RequestTrace[] = [];
  /** When each request in flight was sent. */
  const inFlight = new Map<number, number>();
  const busy = new Map<Mark, EventLoopUtilization>();
  const markNs = (mark: Mark) => Number((memory.markNs(mark) ?? originNs) - originNs);
  let finishing = false;

  const endWhenWindowIsWhole = () => {
    const [open, close] = [markNs('open'), markNs('close')];
    if (![...inFlight.values()].some((sentNs) => sentNs > open && sentNs <= close)) end();
  };
  const end = () => {
    loop.stop();
    client.close();
  };

  const loop = startClosedLoop({
    slots: plan.workload.concurrency,
    seed: plan.seed,
    client,
    prompts: Symbol.asyncIterator in prompts ? prompts[Symbol.asyncIterator]() : prompts[Symbol.iterator](),
    now,
    onSent(index, atNs) {
      memory.add('sent', 1);
      memory.add('inFlight', 1);
      inFlight.set(index, atNs);
    },
    onToken(atNs, first) {
      memory.add('chunks', 1);
      if (first) memory.add('firstChunks', 1);
      const mark = memory.onChunk(originNs + BigInt(atNs));
      if (!mark) return;
      busy.set(mark, performance.eventLoopUtilization());
      onMark(mark);
    },
    onEnded(trace) {
      memory.add('inFlight', -1);
      inFlight.delete(trace.index);
      traces.push(trace);
      if (trace.status === 'completed') {
        memory.add('completed', 1);
        memory.clear('failedInARow');
      } else if (trace.status === 'failed') {
        memory.add('failed', 1);
        memory.add('failedInARow', 1);
        memory.fail(trace.errorClass ?? '', trace.errorMessage ?? '');
      }
      if (finishing) endWhenWindowIsWhole();
    },
  });

  return {
    trace: loop.stopped.then(() => ({
      originNs,
      openNs: markNs('open'),
      closeNs: markNs('close'),
      requests: traces,
      threadUtilization: utilizationBetween(busy.get('open'), busy.get('close')),
    })),
    finish() {
      finishing = true;
      endWhenWindowIsWhole();
    },
    abort: end,
  };
}

/** Null unless both marks were set. */
function utilizationBetween(open?: EventLoopUtilization, close?: EventLoopUtilization): number | null {
  return open && close ? performance.eventLoopUtilization(close, open).utilization : null;
}

/** Arrival times are handed over, not copied. */
function buffersOf(trace: LoadTrace): ArrayBuffer[] {
  return trace.requests.map((request) => request.chunkNs.buffer);
}

function serve(port: MessagePort): void {
  const send = (message: FromThread) =>
    port.postMessage(message, message.type === 'trace' ? buffersOf(message.trace) : []);
  const fail = (error: unknown) =>
    send({
      type: 'failed',
      message: error instanceof Error ? error.message : String(error),
      remedy: isLlemError(error) ? error.remedy : 'Run again with --debug for the place in the code.',
      failureClass: (isLlemError(error) ? error.failureClass : undefined) ?? 'load-generator',
    });
  let running: Promise<RunningLoad> | null = null;

  port.on('message', (message: ToThread) => {
    switch (message.type) {
      case 'start':
        running = startLoad(message.plan, message.memory, (mark) => send({ type: 'marked', mark }));
        running.then((load) => load.trace).then((trace) => send({ type: 'trace', trace }), fail);
        break;
      case 'finish':
        running?.then((load) => load.finish(), fail);
        break;
      case 'abort':
        running?.then((load) => load.abort(), fail);
        break;
    }
  });
}

if (parentPort) serve(parentPort);
