/** Where the events of a study go: JSON lines, one rewritten line on a terminal, plain lines elsewhere, or nowhere. */
import { mayBeDropped, type Emit } from '@llem/core';
import { eventLine } from './event-lines.js';
import { advance, NOTHING_YET, progressLine } from './progress.js';
import { createLineQueue } from './queue.js';
import { columnsOf, readerLeft, type Output } from './streams.js';
import { hang, WIDTH } from './text.js';

export interface EventSink {
  readonly emit: Emit;
  /** Takes away the line that is drawn again and again, before somebody else writes to the same terminal. */
  readonly clear: () => void;
  /** Resolves when everything that must be seen has been handed over. */
  close(): Promise<void>;
}

/** Progress lines that may wait for a slow reader: about ten minutes' worth at one a second. */
const WAITING_LINES = 600;
/** Between two redraws of the line, and between two progress lines of a log, in milliseconds. */
const REDRAW_MS = 500;
const LOG_EVERY_MS = 30_000;

/** Every event, one JSON value a line. */
export function jsonSink(stream: Output): EventSink {
  const queue = createLineQueue(stream, WAITING_LINES);
  return {
    emit: (event) => queue.push(JSON.stringify(event), mayBeDropped(event) ? 'droppable' : 'keep'),
    clear: () => undefined,
    close: () => queue.flush(),
  };
}

/** Nothing while it runs. */
export function quietSink(): EventSink {
  return { emit: () => undefined, clear: () => undefined, close: () => Promise.resolve() };
}

/** What happened stays as lines; what happens now is one line below them, drawn again and again. */
export function terminalSink(stream: Output, now: () => number = Date.now): EventSink {
  let state = NOTHING_YET;
  let shown = false;
  let drawnAtMs = -Infinity;
  let gone = false;
  stream.once('error', () => {
    gone = true;
  });
  const clear = () => {
    if (shown && !gone) stream.write('\r\u001b[K');
    shown = false;
  };
  const draw = () => {
    // A terminal that does not keep up is not given more.
    if (gone || stream.writableNeedDrain === true) return;
    const line = progressLine(state, now(), columnsOf(stream) - 1);
    clear();
    if (line !== '') {
      stream.write(line);
      shown = true;
    }
    drawnAtMs = now();
  };
  const timer = setInterval(draw, REDRAW_MS);
  timer.unref();
  return {
    emit(event) {
      if (gone) return;
      state = advance(state, event, now());
      const line = event.type === 'run-started' ? null : eventLine(event);
      if (line !== null) {
        clear();
        stream.write(`${hang(line, Math.min(WIDTH, columnsOf(stream)))}\n`);
      }
      if (line !== null || now() - drawnAtMs >= REDRAW_MS) draw();
    },
    clear,
    close() {
      clearInterval(timer);
      clear();
      return Promise.resolve();
    },
  };
}

/** For logs: a line for all that happened, and where it stands every half minute. */
export function linesSink(stream: Output, now: () => number = Date.now): EventSink {
  const queue = createLineQueue(stream, WAITING_LINES);
  let state = NOTHING_YET;
  let saidAtMs = now();
  return {
    emit(event) {
      state = advance(state, event, now());
      const line = eventLine(event);
      if (line !== null) {
        queue.push(line, 'keep');
        saidAtMs = now();
      } else if (event.type === 'progress' && now() - saidAtMs >= LOG_EVERY_MS) {
        queue.push(progressLine(state, now(), 120), 'droppable');
        saidAtMs = now();
      }
    },
    clear: () => undefined,
    close: () => queue.flush(),
  };
}

/** JSON goes to standard output; everything else that is said while a study runs goes to standard error. */
export function chooseSink(
  flags: { readonly json: boolean; readonly quiet: boolean },
  stdout: Output,
  stderr: Output,
): EventSink {
  if (flags.json) return sayingWhenLost(jsonSink(stdout), stdout, 'standard output', stderr);
  if (flags.quiet) return quietSink();
  const sink = stderr.isTTY === true ? terminalSink(stderr) : linesSink(stderr);
  return sayingWhenLost(sink, stderr, 'standard error', stdout);
}

/** Once, where somebody may still read it: what comes after is lost, and the study goes on all the same. */
function sayingWhenLost(sink: EventSink, stream: Output, name: string, other: Output): EventSink {
  const say = (error: NodeJS.ErrnoException) => {
    stream.off('error', say);
    const why = readerLeft(error) ? 'its reader has gone' : error.message;
    other.write(`warning: ${name} cannot be written any more (${why}); the study goes on.\n`);
  };
  stream.on('error', say);
  return {
    emit: sink.emit,
    clear: sink.clear,
    async close() {
      await sink.close();
      stream.off('error', say);
    },
  };
}
