/** One alarm, by a timer of the kernel: waiting for sockets ends when it rings. */
import type { Libc } from './libc.js';

export interface Alarm {
  /** Infinity when none is set. */
  atNs(): number;
  isSet(): boolean;
  set(atNs: number, wake: () => void): void;
  clear(): void;
  ring(): void;
}

/** `originNs` as of `Sockets`; `timer` is one of `Libc.createTimer`, which becomes readable when it rings. */
export function createAlarm(libc: Libc, timer: number, originNs: bigint): Alarm {
  const when = libc.block(32);
  let atNs = Infinity;
  let wake: (() => void) | null = null;
  /** Of CLOCK_MONOTONIC, which is that of hrtime; 0 takes an alarm back. */
  const program = (monotonicNs: bigint): void => {
    when.view.setBigInt64(16, monotonicNs / 1_000_000_000n, true);
    when.view.setBigInt64(24, monotonicNs % 1_000_000_000n, true);
    libc.setTimer(timer, when.pointer);
  };
  const clear = (): void => {
    if (wake === null) return;
    wake = null;
    atNs = Infinity;
    program(0n);
  };
  return {
    atNs: () => atNs,
    isSet: () => wake !== null,
    set(at, callBack) {
      atNs = at;
      wake = callBack;
      program(originNs + BigInt(Math.max(1, Math.ceil(at))));
    },
    clear,
    ring() {
      const rung = wake;
      clear();
      rung?.();
    },
  };
}
