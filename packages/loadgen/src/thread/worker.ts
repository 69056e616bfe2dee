/**
 * A load thread: builds client and loop from plain data, counts, and reports. Of core it imports the errors alone: all of it, and zod,
 * would let each thread start 80 ms later.
 */
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { createCompletionClient } from '../http/completion.js';
import { takesMessages } from '@llem/core/dialect-body';
import { startClosedLoop } from '../schedule/closed-loop.js';
import type { LoadObserver } from '../schedule/conversation.js';
import type { Loop, LoopOptions } from '../schedule/loop.js';
import { startOpenLoop } from '../schedule/open-loop.js';
import { createPromptQueue } from '../schedule/prompts.js';
import { createSockets } from '../sockets/sockets.js';
import { reasonOf } from './failure.js';
import type { FromThread, ThreadPlan, ThreadSummary, ToThread } from './messages.js';
import { createTracePages, memoryOf } from './pages.js';
import { openThreadMemory, type Mark } from './shared.js';

/** How often requests that have gone silent are looked for. */
const SILENCE_LOOK_MS = 250;

async function prepare(
  { load, thread, memory: buffer, openFiles, originNs, prompts: port }: ThreadPlan,
  send: (message: FromThread) => void,
) {
  const memory = openThreadMemory(buffer, thread);
  const now = () => Number(process.hrtime.bigint() - originNs);
  const { workload, endpoint, dialect, seed } = load;

  const prompts = createPromptQueue(port);
  const sockets = await createSockets({
    url: new URL(endpoint.baseUrl),
    choice: load.sockets ?? 'auto',
    originNs,
    openFiles,
  });
  const client = createCompletionClient({
    sockets,
    baseUrl: endpoint.baseUrl,
    dialect,
    token: endpoint.tokenEnv === undefined ? null : (process.env[endpoint.tokenEnv] ?? null),
    silenceS: load.silenceS,
    now,
  });
  await prompts.filled;

  const traces = createTracePages();
  /** When each request in flight was sent. */
  const inFlight = new Map<number, number>();
  const busy = new Map<Mark, Busy>();
  const markNs = (mark: Mark) => Number((memory.markNs(mark) ?? originNs) - originNs);
  let finishing = false;
  let onTime: (nowNs: number) => void = () => undefined;

  const tellWhenWhole = () => {
    if (!finishing) return;
    const [open, close] = [markNs('open'), markNs('close')];
    for (const sentNs of inFlight.values()) if (sentNs > open && sentNs <= close) return;
    finishing = false;
    send({ type: 'whole' });
  };

  const observer: LoadObserver = {
    onBegun: () => memory.add('begun', 1),
    onOver: () => memory.add('over', 1),
    onSent(index, atNs) {
      memory.add('sent', 1);
      memory.add('inFlight', 1);
      inFlight.set(index, atNs);
    },
    onToken(atNs, first) {
      if (first) memory.add('firstChunks', 1);
      const mark = memory.onChunk(atNs, originNs);
      if (mark) send({ type: 'marked', mark });
      onTime(atNs);
    },
    onEnded(trace) {
      // One that never got a connection was never sent.
      if (inFlight.delete(trace.index)) memory.add('inFlight', -1);
      traces.add(trace);
      if (trace.status === 'completed') {
        memory.add('completed', 1);
        memory.clear('failedInARow');
      } else if (trace.status === 'failed') {
        memory.add('failed', 1);
        memory.add('failedInARow', 1);
        memory.fail(trace.errorClass ?? '', trace.errorMessage ?? '');
      }
      tellWhenWhole();
    },
  };

  const begin = (beginNs: number): Loop => {
    const options: LoopOptions = {
      part: thread,
      parts: load.threads,
      seed,
      client,
      prompts,
      observer,
      chat: takesMessages(dialect.body),
      now,
      wakeAt: (atNs, wake, exactly) => sockets.wakeAt(atNs, wake, exactly),
      beginNs,
    };
    if (workload.arrival) {
      const loop = startOpenLoop(workload.arrival, options);
      onTime = (nowNs) => loop.onTime(nowNs);
      return loop;
    }
    if (workload.concurrency === null) throw new Error('a load without a concurrency and without an arrival');
    return startClosedLoop(workload.concurrency, options);
  };

  return {
    begin,
    /** Notes how busy this thread has been so far, for a mark that whichever thread has set. */
    noteMark: (mark: Mark) => busy.set(mark, { atNs: now(), busyS: sockets.busyS() }),
    finish() {
      finishing = true;
      tellWhenWhole();
    },
    endSilent: () => client.endSilent(),
    /** Ends everything in flight, and every wait for a prompt. */
    close() {
      prompts.close();
      client.close();
      sockets.close();
    },
    takePage: () => traces.take(),
    summary: (unsentNs: number[]): ThreadSummary => ({
      unsentNs: Float64Array.from(unsentNs),
      utilization: utilizationBetween(busy.get('open'), busy.get('close')),
      arrivalClock: sockets.arrivalClock(),
    }),
  };
}

interface Busy {
  readonly atNs: number;
  readonly busyS: number;
}

/** Null unless both marks were set. */
function utilizationBetween(open?: Busy, close?: Busy): number | null {
  return open && close ? (close.busyS - open.busyS) / ((close.atNs - open.atNs) / 1e9) : null;
}

function serve(port: MessagePort, plan: ThreadPlan): void {
  const send = (message: FromThread) =>
    port.postMessage(message, message.type === 'page' ? memoryOf(message.page) : []);
  const fail = (error: unknown) => send({ type: 'failed', reason: reasonOf(error) });
  const preparing = prepare(plan, send);
  preparing.then(() => send({ type: 'ready' }), fail);
  let loop: Loop | null = null;
  let unsentNs: number[] = [];

  const handle = async (message: ToThread): Promise<void> => {
    const load = await preparing;
    const sendNext = () => {
      const page = load.takePage();
      send(page ? { type: 'page', page } : { type: 'ended', summary: load.summary(unsentNs) });
    };
    switch (message.type) {
      case 'begin':
        loop = load.begin(message.atNs);
        loop.stopped.catch(fail);
        setInterval(() => load.endSilent(), SILENCE_LOOK_MS).unref();
        break;
      case 'mark':
        load.noteMark(message.mark);
        break;
      case 'pause':
        await loop?.pause(message.atNs);
        send({ type: 'quiet' });
        break;
      case 'resume':
        loop?.resume(message.atNs);
        break;
      case 'finish':
        load.finish();
        break;
      case 'end':
        unsentNs = loop?.unsentNs() ?? [];
        loop?.stop();
        load.close();
        await loop?.stopped.catch(() => undefined);
        sendNext();
        break;
      case 'next':
        sendNext();
        break;
    }
  };
  port.on('message', (message: ToThread) => {
    handle(message).catch(fail);
  });
}

const isPlan = (data: unknown): data is ThreadPlan => typeof data === 'object' && data !== null;

if (parentPort && isPlan(workerData)) serve(parentPort, workerData);
