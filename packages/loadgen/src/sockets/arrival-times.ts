/** What arrived and when, as the kernel tells with every read (SO_TIMESTAMPNS, socket(7)), on the clock of the load. */
import { CLOCK_REALTIME, LEVEL_SOCKET, SO_TIMESTAMPNS, type Libc } from './libc.js';
import type { ArrivalClock } from './sockets.js';

/** Room for the control message: a `cmsghdr` of 16 bytes and a `timespec` of 16. */
const CONTROL_BYTES = 64;
const MESSAGE = { level: 8, type: 12, seconds: 16, nanoseconds: 24, bytes: 32 } as const;
/** Members of `msghdr`, recvmsg(2). */
const HEADER = { vector: 16, vectors: 24, control: 32, controlLength: 40, bytes: 56 } as const;
/** A time that lies further off than this is none, ns. */
const CREDIBLE_NS = 60e9;

export interface ArrivalTimes {
  /** Where what is received lies, until it is overwritten. */
  readonly bytes: Buffer;
  /** Receives at most `most` bytes to `at`; the number of bytes, 0 at the end, or -1. */
  receive(file: number, at: number, most: number): number;
  /** Holds the wall clock, by which the kernel notes times, against that of the load; to be called before reads. */
  tune(): void;
  /** When the last of what was just received arrived, not before `floorNs`. */
  arrivedNs(floorNs: number): number;
  clock(): ArrivalClock | null;
  nowNs(): number;
  /** A clock of the kernel, s. */
  readClock(clock: number): number;
}

export function createArrivalTimes(
  libc: Pick<Libc, 'block' | 'clock' | 'receive'>,
  bufferBytes: number,
  now: () => number,
): ArrivalTimes {
  const buffer = libc.block(bufferBytes);
  const control = libc.block(CONTROL_BYTES);
  const vector = libc.block(16);
  vector.view.setBigUint64(0, buffer.address, true);
  /** The address in two halves, since big integers would be made anew for every read. */
  const [low, high] = [vector.view.getUint32(0, true), vector.view.getUint32(4, true)];
  const header = libc.block(HEADER.bytes);
  header.view.setBigUint64(HEADER.vector, vector.address, true);
  header.view.setBigUint64(HEADER.vectors, 1n, true);
  header.view.setBigUint64(HEADER.control, control.address, true);
  header.view.setUint32(HEADER.controlLength, CONTROL_BYTES, true);

  const time = libc.block(16);
  const seconds = (view: DataView, at: number) =>
    view.getInt32(at + 4, true) * 2 ** 32 + view.getUint32(at, true);
  libc.clock(CLOCK_REALTIME, time.pointer);
  /** Counted from here a nanosecond is exact in a double for a hundred days. */
  const originS = seconds(time.view, 0);
  const wallNs = (view: DataView, at: number) =>
    (seconds(view, at) - originS) * 1e9 + view.getUint32(at + 8, true);
  /**
   * Bounds of what the load's clock is ahead of the wall's. Both run at the same rate, so that it changes only when somebody
   * sets the wall clock, and every pair of readings that is not torn apart by other work narrows it.
   */
  let bounds = { fromNs: -Infinity, toNs: Infinity };
  let offsetNs = 0;
  let tunedNs = 0;
  /** Since the tuning before the last: what came in between may bear a time of the old wall clock or of the new one. */
  let wasSet = false;
  let clock: ArrivalClock | null = null;

  const tune = (): void => {
    const beforeNs = now();
    libc.clock(CLOCK_REALTIME, time.pointer);
    tunedNs = now();
    const atNs = wallNs(time.view, 0);
    const [fromNs, toNs] = [beforeNs - atNs, tunedNs - atNs];
    wasSet = fromNs > bounds.toNs || toNs < bounds.fromNs;
    bounds = wasSet
      ? { fromNs, toNs }
      : { fromNs: Math.max(fromNs, bounds.fromNs), toNs: Math.min(toNs, bounds.toNs) };
    offsetNs = (bounds.fromNs + bounds.toNs) / 2;
  };

  return {
    bytes: buffer.bytes,
    receive(file, at, most) {
      const from = low + at;
      vector.view.setUint32(0, from >>> 0, true);
      vector.view.setUint32(4, high + (from >= 2 ** 32 ? 1 : 0), true);
      vector.view.setUint32(8, most, true);
      return libc.receive(file, header.pointer);
    },
    tune,
    arrivedNs(floorNs) {
      const told = header.view.getUint32(HEADER.controlLength, true);
      header.view.setUint32(HEADER.controlLength, CONTROL_BYTES, true);
      const { view } = control;
      const isTime =
        told >= MESSAGE.bytes &&
        view.getInt32(MESSAGE.level, true) === LEVEL_SOCKET &&
        view.getInt32(MESSAGE.type, true) === SO_TIMESTAMPNS;
      if (isTime && wasSet) return Math.max(floorNs, tunedNs);
      const atNs = isTime ? wallNs(view, MESSAGE.seconds) + offsetNs : NaN;
      // Bytes without a time, or with one that cannot be: from then on nothing is promised.
      if (!(Math.abs(atNs - tunedNs) < CREDIBLE_NS)) {
        clock = 'thread';
        return Math.max(floorNs, now());
      }
      clock ??= 'kernel';
      // Nothing comes after it was read: the wall clock was set back since.
      const cameNs = atNs > tunedNs ? Math.min(atNs, now()) : atNs;
      return Math.max(floorNs, Math.round(cameNs));
    },
    clock: () => clock,
    nowNs: now,
    readClock(which) {
      libc.clock(which, time.pointer);
      return seconds(time.view, 0) + time.view.getUint32(8, true) / 1e9;
    },
  };
}
