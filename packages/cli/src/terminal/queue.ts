/** A bounded queue of lines to a reader that may be slow: progress may be lost, a result never, and nobody waits. */

export interface LineQueue {
  /** Takes a line and returns at once. */
  push(line: string, kind: 'keep' | 'droppable'): void;
  /** Resolves once every kept line has been handed over, or the reader has gone. */
  flush(): Promise<void>;
  /** Lines lost so far to a slow reader. */
  readonly dropped: number;
}

/**
 * Writes lines to a stream as fast as it takes them. Of `droppable` lines at most `limit` wait; when one more comes
 * while the reader does not read, the oldest of them is lost. Kept lines wait in any number: a study has few.
 */
export function createLineQueue(stream: NodeJS.WritableStream, limit: number): LineQueue {
  let waiting: { line: string; kind: 'keep' | 'droppable' }[] = [];
  let droppableWaiting = 0;
  let dropped = 0;
  let blocked = false;
  let gone = false;
  let idle: (() => void)[] = [];

  const settle = () => {
    const done = idle;
    idle = [];
    for (const resolve of done) resolve();
  };
  const write = () => {
    while (!blocked && !gone) {
      const next = waiting.shift();
      if (!next) break;
      if (next.kind === 'droppable') droppableWaiting -= 1;
      blocked = !stream.write(`${next.line}\n`);
    }
    if (waiting.length === 0 && !blocked) settle();
  };
  const leave = () => {
    gone = true;
    waiting = [];
    settle();
  };
  stream.on('drain', () => {
    blocked = false;
    write();
  });
  stream.on('error', leave);
  stream.on('close', leave);

  return {
    push(line, kind) {
      if (gone) return;
      if (kind === 'droppable') {
        if (droppableWaiting >= limit) {
          waiting.splice(
            waiting.findIndex((one) => one.kind === 'droppable'),
            1,
          );
          droppableWaiting -= 1;
          dropped += 1;
        }
        droppableWaiting += 1;
      }
      waiting.push({ line, kind });
      write();
    },
    flush() {
      return new Promise((resolve) => {
        if (gone || (waiting.length === 0 && !blocked)) resolve();
        else idle.push(resolve);
      });
    },
    get dropped() {
      return dropped;
    },
  };
}
