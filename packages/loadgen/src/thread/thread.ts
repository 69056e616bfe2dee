/** The harness's side of the load threads. */
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import { closeFiles } from '../sockets/libc.js';
import { createOpenFilesBuffer, notedFiles } from '../sockets/open-files.js';
import type { ArrivalClock } from '../sockets/sockets.js';
import type { LoadTrace, RequestTrace } from '../trace.js';
import { errorOf, type Reason } from './failure.js';
import type { FromThread, LoadPlan, PromptPlan, ThreadPlan, ThreadSummary, ToThread } from './messages.js';
import { inOrderOfSending, unpackPage } from './pages.js';
import { createLoadMemory, type LoadCounters, type Mark } from './shared.js';

/** Threads that hand over nothing for this long are ended without their traces. */
const ABORT_TIMEOUT_MS = 2_000;
/** A common moment lies this far ahead, so that every thread knows of it before it has come. */
const LEAD_NS = 20e6;

export interface LoadThread {
  /** Live counters; cheap. */
  readonly counters: () => LoadCounters;
  /** Marks the window at the next token event; resolves with its `process.hrtime.bigint()`. */
  mark(mark: Mark): Promise<bigint>;
  /** Sends nothing more; resolves when nothing is in flight. */
  pause(): Promise<void>;
  /** Begins again as at the start: slots out of step, or the rest of the schedule from now on. */
  resume(): void;
  /** After the closing mark: lets the requests that were sent inside the window end, then gives everything. */
  finish(): Promise<LoadTrace>;
  /** Cancels everything and gives what there is; a mark that was not set is 0. Null when a thread does not answer. */
  abort(): Promise<LoadTrace | null>;
  /** Never resolves; rejects with LLEM_E_LOAD when a thread fails. */
  readonly failed: Promise<never>;
  /** Ends the threads at once, with all their requests. Idempotent. */
  terminate(): Promise<void>;
}

/** Starts the load; it begins once every thread has its prompts, and runs until `finish`, `abort` or `terminate`. */
export function startLoad(plan: LoadPlan): LoadThread {
  const originNs = process.hrtime.bigint();
  const memory = createLoadMemory(plan.threads);
  const openFiles = createOpenFilesBuffer();
  const channels = Array.from({ length: plan.threads }, () => new MessageChannel());
  const workers = channels.map(({ port1: prompts }, thread) => {
    const workerData: ThreadPlan = {
      ...{ load: plan, thread, memory: memory.buffer, openFiles, originNs, prompts },
    };
    return startWorker('./worker.js', `llem-load-${thread}`, workerData, [prompts]);
  });
  const ports = channels.map(({ port2 }) => port2);
  const promptPlan: PromptPlan = { load: plan, ports };
  const prompter = startWorker('./prompt-worker.js', 'llem-prompts', promptPlan, ports);
  const tellOne = (worker: Worker, message: ToThread) => worker.postMessage(message);
  const tell = (message: ToThread) => {
    for (const worker of workers) tellOne(worker, message);
  };
  const soonNs = () => Number(process.hrtime.bigint() - originNs) + LEAD_NS;
  let terminated = false;

  const onMark = new Map<Mark, () => void>();
  let ready = 0;
  const quiet = createGathering<true>(workers.length);
  const whole = createGathering<true>(workers.length);
  const summaries = createGathering<ThreadSummary>(workers.length);
  const requests: RequestTrace[] = [];
  /** Runs out when the threads have handed over nothing for too long. */
  let handOver: NodeJS.Timeout | null = null;

  const failed = new Promise<never>((_, reject) => {
    const fail = (reason: Reason) => reject(errorOf(reason));
    const failThread = (message: string) =>
      fail({ message, remedy: 'Run again with --debug.', failureClass: 'load-generator' });
    const receive = (worker: Worker, message: FromThread) => {
      switch (message.type) {
        case 'ready':
          ready += 1;
          if (ready === workers.length) tell({ type: 'begin', atNs: soonNs() });
          break;
        case 'marked':
          tell({ type: 'mark', mark: message.mark });
          onMark.get(message.mark)?.();
          break;
        case 'quiet':
          quiet.add(true);
          break;
        case 'whole':
          whole.add(true);
          break;
        case 'page':
          handOver?.refresh();
          for (const request of unpackPage(message.page)) requests.push(request);
          tellOne(worker, { type: 'next' });
          break;
        case 'ended':
          summaries.add(message.summary);
          break;
        case 'failed':
          fail(message.reason);
          break;
      }
    };
    for (const worker of workers) worker.on('message', (message: FromThread) => receive(worker, message));
    for (const worker of [...workers, prompter]) {
      worker.on('error', (error: Error) => failThread(`A load thread failed: ${error.message}`));
    }
    for (const worker of workers) {
      worker.on('exit', () => {
        if (!terminated) failThread('A load thread ended by itself.');
      });
    }
  });
  // It is raced where it matters; alone it must not count as unhandled.
  failed.catch(() => undefined);

  /** Once: an end that is asked for while the load is being finished is the same end. */
  let ending: Promise<LoadTrace> | null = null;
  const end = (): Promise<LoadTrace> => {
    ending ??= (async () => {
      const all = summaries.all();
      tell({ type: 'end' });
      return traceOf(await all);
    })();
    return ending;
  };
  const traceOf = (threads: readonly ThreadSummary[]): LoadTrace => {
    const sinceOrigin = (mark: Mark) => Number((memory.markNs(mark) ?? originNs) - originNs);
    const busy = threads.map(({ utilization }) => utilization).filter((share) => share !== null);
    return {
      originNs,
      openNs: sinceOrigin('open'),
      closeNs: sinceOrigin('close'),
      requests: inOrderOfSending(requests),
      unsentNs: Float64Array.from(threads.flatMap(({ unsentNs }) => [...unsentNs])).sort(),
      threadUtilization: busy.length === threads.length ? Math.max(...busy) : null,
      threads: threads.length,
      arrivalClock: arrivalClockOf(threads),
    };
  };

  return {
    failed,
    counters: () => memory.read(originNs),
    async mark(mark) {
      const marked = new Promise<void>((resolve) => onMark.set(mark, resolve));
      memory.arm(mark);
      await Promise.race([marked, failed]);
      const at = memory.markNs(mark);
      if (at === null) throw new Error(`mark ${mark} was told but not written`);
      return at;
    },
    async pause() {
      const all = quiet.all();
      tell({ type: 'pause', atNs: soonNs() });
      await Promise.race([all, failed]);
    },
    resume() {
      tell({ type: 'resume', atNs: soonNs() });
    },
    async finish() {
      const all = whole.all();
      tell({ type: 'finish' });
      await Promise.race([all, failed]);
      const trace = await Promise.race([end(), failed]);
      await this.terminate();
      return trace;
    },
    async abort() {
      const unanswered = new Promise<null>((resolve) => {
        handOver = setTimeout(() => resolve(null), ABORT_TIMEOUT_MS).unref();
      });
      const trace = await Promise.race([end(), unanswered, failed]).catch(() => null);
      await this.terminate();
      return trace;
    },
    async terminate() {
      if (terminated) return;
      terminated = true;
      await Promise.all([...workers, prompter].map((worker) => worker.terminate()));
      await closeFiles(notedFiles(openFiles));
    },
  };
}

/** That of the kernel where every thread had it. */
function arrivalClockOf(threads: readonly ThreadSummary[]): ArrivalClock | null {
  const clocks = threads.map(({ arrivalClock }) => arrivalClock).filter((clock) => clock !== null);
  if (clocks.length === 0) return null;
  return clocks.every((clock) => clock === 'kernel') ? 'kernel' : 'thread';
}

function startWorker(
  file: string,
  name: string,
  workerData: ThreadPlan | PromptPlan,
  transferList: MessagePort[],
): Worker {
  return new Worker(new URL(file, import.meta.url), { name, workerData, transferList });
}

/** Collects one answer of each thread, again and again. */
interface Gathering<T> {
  add(value: T): void;
  /** The answers to what is asked next. */
  all(): Promise<readonly T[]>;
}

function createGathering<T>(size: number): Gathering<T> {
  let values: T[] = [];
  let resolve: (values: readonly T[]) => void = () => undefined;
  return {
    add(value) {
      values.push(value);
      if (values.length === size) resolve(values);
    },
    all: () =>
      new Promise((done) => {
        values = [];
        resolve = done;
      }),
  };
}
