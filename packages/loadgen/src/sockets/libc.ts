/**
 * The C library of Linux, as far as sockets need it; the one file with foreign calls. Layouts and numbers are those of the
 * kernel's interface on 64-bit little-endian machines (x86-64 and AArch64), from the manual pages that are named.
 */
import { constants } from 'node:os';
import type { load } from 'koffi';

/** Memory of its own that stays where it is, so that the kernel may be given its address. */
export interface Block {
  readonly bytes: Buffer;
  readonly view: DataView;
  readonly address: bigint;
  /** What foreign calls take. */
  readonly pointer: unknown;
}

export interface Libc {
  block(bytes: number): Block;
  /** A new stream socket that does not block, of the family of the address; -1 on failure. */
  socket(family: number): number;
  connect(file: number, address: Uint8Array): number;
  /** An option of one integer. */
  setOption(file: number, level: number, name: number, value: number): number;
  /** What became of a connection that was being opened (SO_ERROR): 0, or the number of an error. */
  errorOf(file: number): number;
  /** Bytes taken, or -1. */
  send(file: number, bytes: Uint8Array, length: number): number;
  /** Bytes received, 0 at the end, or -1. `header` is a `msghdr`. */
  receive(file: number, header: unknown): number;
  close(file: number): number;
  createPoll(): number;
  /** `event` is an `epoll_event`. */
  changePoll(poll: number, operation: number, file: number, event: unknown): number;
  waitPoll(poll: number, events: unknown, most: number, timeoutMs: number): number;
  createTimer(): number;
  /** `when` is an `itimerspec` of `CLOCK_MONOTONIC`, absolute. */
  setTimer(timer: number, when: unknown): number;
  /** Fills a `timespec`. */
  clock(clock: number, into: unknown): number;
  /** Name of the error of the call before, such as ECONNRESET. */
  errorName(): string;
  errorNameOf(number: number): string;
}

/** clock_gettime(2) */
export const CLOCK_REALTIME = 0;
export const CLOCK_THREAD_CPUTIME = 3;

/** epoll_ctl(2) */
export const POLL = { add: 1, remove: 2, change: 3, in: 0x1, out: 0x4, error: 0x8, hangUp: 0x10 } as const;
/** `struct epoll_event` has no padding on x86-64 alone. */
export const POLL_EVENT = process.arch === 'x64' ? { bytes: 12, data: 4 } : ({ bytes: 16, data: 8 } as const);

/** socket(7), tcp(7) */
export const LEVEL_SOCKET = 1;
export const LEVEL_TCP = 6;
export const TCP_NODELAY = 1;
/** Asks for the time of arrival of what is received; also the type of the control message that tells it. */
export const SO_TIMESTAMPNS = 35;
const SO_ERROR = 4;
const [SOCK_STREAM, SOCK_NONBLOCK, SOCK_CLOEXEC] = [1, 0o4000, 0o2000000];
const [MSG_DONTWAIT, MSG_NOSIGNAL] = [0x40, 0x4000];
const EPOLL_CLOEXEC = 0o2000000;

/** sockaddr of ip(7) and ipv6(7). */
export const FAMILY = { ipv4: 2, ipv6: 10 } as const;

/** timerfd_create(2) */
const [CLOCK_MONOTONIC, TFD_NONBLOCK, TFD_CLOEXEC, TFD_TIMER_ABSTIME] = [1, 0o4000, 0o2000000, 1];

/** Null where this machine has no such library, or nothing here can call it. */
export async function openLibc(): Promise<Libc | null> {
  if (process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch)) return null;
  try {
    const { default: koffi } = await import('koffi');
    return bind(koffi, koffi.load(null));
  } catch {
    // Built for no such machine, or a C library without one of the calls: the sockets of Node.js do as well.
    return null;
  }
}

type Koffi = typeof import('koffi').default;

function bind(koffi: Koffi, library: ReturnType<typeof load>): Libc {
  // Of two names for one number the usual one comes first: EAGAIN, not EWOULDBLOCK.
  const names = new Map(
    Object.entries(constants.errno)
      .reverse()
      .map(([name, number]) => [number, name]),
  );
  const errorNameOf = (number: number) => names.get(number) ?? `error ${number}`;
  const block = (bytes: number): Block => {
    const pointer: unknown = koffi.alloc('uint8_t', bytes);
    const memory = koffi.view(pointer, bytes);
    const buffer = Buffer.from(memory).fill(0);
    return { bytes: buffer, view: new DataView(memory), address: koffi.address(pointer), pointer };
  };

  type Int = (...args: readonly unknown[]) => number;
  const of = (declaration: string): Int => library.func(declaration);
  const socket = of('int socket(int, int, int)');
  const connect = of('int connect(int, const uint8_t *, unsigned int)');
  const setsockopt = of('int setsockopt(int, int, int, void *, unsigned int)');
  const getsockopt = of('int getsockopt(int, int, int, void *, void *)');
  const send = of('int64_t send(int, const uint8_t *, size_t, int)');
  const recvmsg = of('int64_t recvmsg(int, void *, int)');
  const close = of('int close(int)');
  const epollCreate = of('int epoll_create1(int)');
  const epollCtl = of('int epoll_ctl(int, int, int, void *)');
  const epollWait = of('int epoll_wait(int, void *, int, int)');
  const timerfdCreate = of('int timerfd_create(int, int)');
  const timerfdSettime = of('int timerfd_settime(int, int, void *, void *)');
  const clockGettime = of('int clock_gettime(int, void *)');
  const integer = block(4);
  const length = block(4);

  return {
    block,
    socket: (family) => socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0),
    connect: (file, address) => connect(file, address, address.length),
    setOption(file, level, name, value) {
      integer.view.setInt32(0, value, true);
      return setsockopt(file, level, name, integer.pointer, 4);
    },
    errorOf(file) {
      length.view.setUint32(0, 4, true);
      if (getsockopt(file, LEVEL_SOCKET, SO_ERROR, integer.pointer, length.pointer) !== 0)
        return koffi.errno();
      return integer.view.getInt32(0, true);
    },
    send: (file, bytes, count) => send(file, bytes, count, MSG_DONTWAIT | MSG_NOSIGNAL),
    receive: (file, header) => recvmsg(file, header, MSG_DONTWAIT),
    close: (file) => close(file),
    createPoll: () => epollCreate(EPOLL_CLOEXEC),
    changePoll: (poll, operation, file, event) => epollCtl(poll, operation, file, event),
    waitPoll: (poll, events, most, timeoutMs) => epollWait(poll, events, most, timeoutMs),
    createTimer: () => timerfdCreate(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC),
    setTimer: (timer, when) => timerfdSettime(timer, TFD_TIMER_ABSTIME, when, null),
    clock: (clock, into) => clockGettime(clock, into),
    errorName: () => errorNameOf(koffi.errno()),
    errorNameOf,
  };
}

/** Closes what a thread that was ended has left open. */
export async function closeFiles(files: readonly number[]): Promise<void> {
  if (files.length === 0) return;
  const libc = await openLibc();
  for (const file of files) libc?.close(file);
}
