/** Standard output and error as streams that may break: a reader that leaves, a full disk, a terminal that is gone. */

/** Somewhere to write text; process.stdout and process.stderr are such. */
export type Output = NodeJS.WritableStream & {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly writableNeedDrain?: boolean;
};

/** How wide the terminal is, in columns; one that does not know says 0. */
export function columnsOf({ columns }: Output): number {
  return columns === undefined || columns === 0 ? 80 : columns;
}

/** The same where it is a terminal; a file has no width to keep to. */
export function columnsOfTerminal(stream: Output): { columns?: number } {
  return stream.isTTY === true ? { columns: columnsOf(stream) } : {};
}

/** What can be known of a stream that is written to without waiting. */
export interface WatchedStream {
  /** The first error, when something was lost that somebody still wanted; null else. */
  readonly loss: () => NodeJS.ErrnoException | null;
}

/** Keeps the errors of a stream from ending the process: whatever is written to, a study measures on. */
export function watchStream(stream: NodeJS.WritableStream): WatchedStream {
  let loss: NodeJS.ErrnoException | null = null;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (!readerLeft(error)) loss ??= error;
  });
  return { loss: () => loss };
}

/** `llem ... | head`: the reader has seen enough, which is no failure. */
export function readerLeft({ code }: NodeJS.ErrnoException): boolean {
  return code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED';
}

/** Resolves when all that was written so far has left the process, or can no longer and its error has been told. */
export function written(stream: NodeJS.WritableStream): Promise<void> {
  return new Promise((resolve) => {
    // A stream tells its error after it has called back.
    const done = () => setImmediate(resolve);
    if (!stream.writable) done();
    else stream.write('', done);
  });
}

/** Writes one piece after the other, each when the one before has left; the rest is not made once nobody reads any more. */
export async function writePieces(stream: NodeJS.WritableStream, pieces: Iterable<string>): Promise<void> {
  for (const piece of pieces) {
    if (!stream.writable) return;
    await new Promise<void>((resolve) => {
      // An error is told by the stream itself.
      stream.write(piece, () => resolve());
    });
  }
}
