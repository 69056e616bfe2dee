import { expect, it } from 'vitest';
import { createArrivalTimes } from './arrival-times.js';
import { LEVEL_SOCKET, SO_TIMESTAMPNS, type Block } from './libc.js';

/** A kernel whose wall clock can be set, and which delivers whatever it is told to have received. */
function kernel() {
  let nowNs = 0;
  let wallAtZeroNs = 1_700_000_000_000_000_000n;
  let stampedNs = 0n;
  const blocks: Block[] = [];
  const wallNs = () => wallAtZeroNs + BigInt(nowNs);
  const writeTime = (view: DataView | undefined, at: number, ns: bigint) => {
    view?.setBigInt64(at, ns / 1_000_000_000n, true);
    view?.setBigInt64(at + 8, ns % 1_000_000_000n, true);
  };
  const times = createArrivalTimes(
    {
      block(bytes) {
        const buffer = Buffer.from(new ArrayBuffer(bytes));
        const view = new DataView(buffer.buffer);
        blocks.push({ bytes: buffer, view, address: 0n, pointer: view });
        return { bytes: buffer, view, address: 0n, pointer: view };
      },
      clock(_, into) {
        writeTime(blocks.find(({ pointer }) => pointer === into)?.view, 0, wallNs());
        return 0;
      },
      receive(_, header) {
        // Room for the control message is the one block of 64 bytes; its length stands at 40 in the `msghdr`.
        const control = blocks.find(({ bytes }) => bytes.length === 64)?.view;
        control?.setInt32(8, LEVEL_SOCKET, true);
        control?.setInt32(12, SO_TIMESTAMPNS, true);
        writeTime(control, 16, stampedNs);
        blocks.find(({ pointer }) => pointer === header)?.view.setUint32(40, 32, true);
        return 1;
      },
    },
    4_096,
    () => nowNs,
  );
  return {
    times,
    at: (ns: number) => void (nowNs = ns),
    comeNow: () => void (stampedNs = wallNs()),
    setWallClock: (byS: number) => void (wallAtZeroNs += BigInt(byS) * 1_000_000_000n),
    /** Reads what came; when it arrived. */
    read: (floorNs: number): number => {
      times.receive(3, 0, 1);
      return times.arrivedNs(floorNs);
    },
  };
}

it.each([-3_600, -10, 10, 3_600])('outlast a wall clock that is set by %d s', (byS) => {
  const { times, at, comeNow, setWallClock, read } = kernel();
  times.tune();
  at(1e6);
  comeNow();
  at(2e6);
  times.tune();
  expect(read(0)).toBe(1e6);
  // Of what came about then nobody knows by which clock: it had come when it was looked for.
  at(3e6);
  comeNow();
  setWallClock(byS);
  at(4e6);
  times.tune();
  expect(read(1e6)).toBe(4e6);
  at(5e6);
  comeNow();
  at(6e6);
  times.tune();
  expect(read(4e6)).toBe(5e6);
  expect(times.clock()).toBe('kernel');
});

it('are never later than the reading, however the wall clock was set', () => {
  const { times, at, comeNow, setWallClock, read } = kernel();
  times.tune();
  at(1e6);
  comeNow();
  setWallClock(-10);
  for (const ns of [2e6, 3e6]) {
    at(ns);
    times.tune();
  }
  expect(read(0)).toBe(3e6);
});
