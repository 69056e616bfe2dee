/**
 * What a load thread sends and receives through, and what it waits with. Two kinds behind one contract: `node.ts`, which
 * runs anywhere and speaks TLS, and `linux.ts`, which reads arrival times from the kernel, so that they are exact however
 * busy the thread is.
 */
import { createLinuxSockets } from './linux.js';
import { createNodeSockets } from './node.js';

/** What one socket tells. Nothing is told before `connect` has returned, and nothing after `onClose` or `destroy`. */
export interface SocketEvents {
  onOpen(): void;
  /** `bytes[start, end)` is valid during the call only; `arrivedNs` is when the last of them arrived. */
  onRead(bytes: Buffer, start: number, end: number, arrivedNs: number): void;
  /** Once. The code of the error that ended it, such as ECONNRESET; null when the other side ended it in good order. */
  onClose(errorCode: string | null): void;
}

export interface ByteSocket {
  /** Takes all of it; what the kernel has no room for yet is sent later. */
  write(text: string): void;
  destroy(): void;
}

/** Who says when bytes arrived: the kernel, as it received them, or the thread, as it came to read them. */
export type ArrivalClock = 'kernel' | 'thread';

/** All times are nanoseconds since the load's origin. */
export interface Sockets {
  /** Opens a socket for `http:` or `https:`. A failure is told through `onClose`. */
  connect(url: URL, events: SocketEvents): ByteSocket;
  /**
   * Calls back once the time has come, or a little before; gives what cancels it. At most one at a time. `exactly`: the last
   * millisecond may be spent looking at the clock where timers are coarse.
   */
  wakeAt(atNs: number, wake: () => void, exactly: boolean): () => void;
  /** Seconds that this thread has worked so far. */
  busyS(): number;
  /** Of everything that was read so far; null before the first byte. */
  arrivalClock(): ArrivalClock | null;
  /** Ends everything. */
  close(): void;
}

/** Which sockets: `auto` takes those of Linux where they work, `node` the portable ones. */
export type SocketsChoice = 'auto' | 'node';

export interface SocketsOptions {
  readonly url: URL;
  readonly choice: SocketsChoice;
  /** `process.hrtime.bigint()` at time 0. */
  readonly originNs: bigint;
  /** Where open sockets are noted, so that they can be closed when this thread is ended; see open-files.ts. */
  readonly openFiles: SharedArrayBuffer;
}

/** The best there is for an address on this machine. */
export async function createSockets(options: SocketsOptions): Promise<Sockets> {
  const { url, choice, originNs } = options;
  const linux = choice === 'auto' && url.protocol === 'http:' ? await createLinuxSockets(options) : null;
  return linux ?? createNodeSockets(originNs);
}
