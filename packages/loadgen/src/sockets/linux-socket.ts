/** One socket of Linux: its addresses tried in turn, what the kernel has no room for kept, every read with its time. */
import { addressesOf } from './address.js';
import type { ArrivalTimes } from './arrival-times.js';
import { FAMILY, LEVEL_SOCKET, LEVEL_TCP, POLL, SO_TIMESTAMPNS, TCP_NODELAY, type Libc } from './libc.js';
import type { ByteSocket, SocketEvents } from './sockets.js';

export interface LinuxSocket extends ByteSocket {
  /** `mask` as epoll tells it. Gives how many bytes it received to `at`, at most `most`; they are to be delivered next. */
  onReady(mask: number, at: number, most: number): number;
  /** Hands on what was just received. */
  deliver(start: number, end: number): void;
}

export interface LinuxSocketOptions {
  readonly libc: Libc;
  readonly times: ArrivalTimes;
  readonly events: SocketEvents;
  readonly url: URL;
  readonly watch: (operation: number, file: number, mask: number) => void;
  readonly onOpened: (file: number) => void;
  readonly beforeClosing: (file: number) => void;
  readonly onGone: () => void;
}

export function openLinuxSocket(options: LinuxSocketOptions): LinuxSocket {
  const { libc, times, events, url, watch, onOpened, beforeClosing, onGone } = options;
  const NONE = -1;
  let file = NONE;
  let isOpen = false;
  let isGone = false;
  /** Addresses that have not been tried. */
  let addresses: Buffer[] = [];
  /** What the kernel had no room for. */
  let unsent: Uint8Array | null = null;
  /** Nothing arrives before it was asked for, nor before what came before it. */
  let floorNs = 0;

  const closeFile = (): void => {
    if (file === NONE) return;
    beforeClosing(file);
    libc.close(file);
    file = NONE;
  };
  const destroy = (): void => {
    isGone = true;
    isOpen = false;
    closeFile();
    onGone();
  };
  const end = (errorCode: string | null): void => {
    if (isGone) return;
    destroy();
    events.onClose(errorCode);
  };

  /** Tries the next address; `before` is what the last one failed with. */
  const tryNext = (before: string): void => {
    closeFile();
    const address = addresses.shift();
    if (!address) {
      end(before);
      return;
    }
    file = libc.socket(address.readUInt16LE(0) === FAMILY.ipv6 ? FAMILY.ipv6 : FAMILY.ipv4);
    if (file < 0) {
      end(libc.errorName());
      return;
    }
    onOpened(file);
    libc.setOption(file, LEVEL_TCP, TCP_NODELAY, 1);
    libc.setOption(file, LEVEL_SOCKET, SO_TIMESTAMPNS, 1);
    if (libc.connect(file, address) !== 0) {
      const failure = libc.errorName();
      if (failure !== 'EINPROGRESS') {
        tryNext(failure);
        return;
      }
    }
    watch(POLL.add, file, POLL.out);
  };
  const onConnected = (): void => {
    const failure = libc.errorOf(file);
    if (failure !== 0) {
      tryNext(libc.errorNameOf(failure));
      return;
    }
    isOpen = true;
    watch(POLL.change, file, POLL.in);
    events.onOpen();
  };

  let awaitsRoom = false;
  const flush = (): void => {
    while (unsent !== null) {
      const taken = libc.send(file, unsent, unsent.length);
      if (taken < 0) {
        const failure = libc.errorName();
        if (failure === 'EAGAIN') break;
        end(failure);
        return;
      }
      unsent = taken < unsent.length ? unsent.subarray(taken) : null;
    }
    if (awaitsRoom === (unsent !== null)) return;
    awaitsRoom = unsent !== null;
    watch(POLL.change, file, awaitsRoom ? POLL.in | POLL.out : POLL.in);
  };
  const receive = (at: number, most: number): number => {
    const length = times.receive(file, at, most);
    if (length > 0) floorNs = times.arrivedNs(floorNs);
    else if (length === 0) end(null);
    else {
      const failure = libc.errorName();
      if (failure !== 'EAGAIN') end(failure);
    }
    return Math.max(0, length);
  };

  addressesOf(url).then(
    (found) => {
      addresses = found;
      if (!isGone) tryNext('ENOTFOUND');
    },
    (error: unknown) => end(codeOf(error)),
  );

  return {
    write(text) {
      floorNs = times.nowNs();
      const bytes = Buffer.from(text, 'utf8');
      unsent = unsent === null ? bytes : Buffer.concat([unsent, bytes]);
      flush();
    },
    destroy,
    onReady(mask, at, most) {
      if (!isOpen) {
        onConnected();
        return 0;
      }
      if (mask & POLL.out) flush();
      // Which may have ended it.
      return file !== NONE && mask & (POLL.in | POLL.error | POLL.hangUp) ? receive(at, most) : 0;
    },
    deliver(start, end) {
      if (!isGone) events.onRead(times.bytes, start, end, floorNs);
    },
  };
}

function codeOf(error: unknown): string {
  if (error instanceof Error)
    return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
  return String(error);
}
