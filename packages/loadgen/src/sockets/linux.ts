/**
 * Sockets of Linux, called directly. Two things are had so that libuv cannot give:
 *
 * - The kernel tells when bytes arrived (SO_TIMESTAMPNS), so that a time is exact even where the thread comes to read them
 *   later: while it is busy with other answers, while memory is tidied up, while others have the processor.
 * - As times do not suffer from it, the thread rests a little between looks and then reads what has come from all its
 *   connections, which takes half of the processor time that a wake-up for every token takes.
 *
 * The thread waits in the kernel and not in Node's event loop, which gets its turn after every look.
 */
import { createArrivalTimes } from './arrival-times.js';
import {
  CLOCK_THREAD_CPUTIME,
  FAMILY,
  LEVEL_SOCKET,
  openLibc,
  POLL,
  POLL_EVENT,
  SO_TIMESTAMPNS,
} from './libc.js';
import { createAlarm } from './linux-alarm.js';
import { openLinuxSocket, type LinuxSocket } from './linux-socket.js';
import { openFilesOf } from './open-files.js';
import type { Sockets, SocketsOptions } from './sockets.js';

/** What one socket may bring at a look, and all of them together. */
const READ_BYTES = 64 * 1024;
const LOOK_BYTES = 1024 * 1024;
/** Sockets that one look may find ready. */
const EVENTS_A_LOOK = 512;
/** Node's event loop, its timers and messages, wait no longer than this for their turn, ms. */
const LONGEST_LOOK_MS = 2;
/** From one look to the next, ms, while the kernel keeps the times. */
const REST_MS = 0.5;
/** Rests pay where looks would follow each other closely: so many of them, within so many ms each on average. */
const LOOKS_JUDGED = 16;
const CLOSE_LOOKS_MS = 1;
/** A look that read more than this is followed by the next at once: there is more where it came from. */
const RESTFUL_BYTES = 32 * 1024;
/** Shorter rests than this are not worth their call, ms. */
const LEAST_REST_MS = 0.05;
/** The timer's place among the sockets. */
const TIMER = 0;

/** Null where the calls are not to be had. */
export async function createLinuxSockets({
  originNs,
  openFiles: noted,
}: SocketsOptions): Promise<Sockets | null> {
  const libc = await openLibc();
  if (!libc) return null;
  const files = openFilesOf(noted);
  const poll = libc.createPoll();
  const timer = libc.createTimer();
  // The kernel begins to note times a moment after the first socket asks for them: before there is anything to read.
  const asking = libc.socket(FAMILY.ipv4);
  const own = [asking, timer, poll];
  if (own.some((file) => file < 0)) {
    for (const file of own) if (file >= 0) libc.close(file);
    return null;
  }
  libc.setOption(asking, LEVEL_SOCKET, SO_TIMESTAMPNS, 1);
  for (const file of own) files.note(file);

  const now = () => Number(process.hrtime.bigint() - originNs);
  const events = libc.block(EVENTS_A_LOOK * POLL_EVENT.bytes);
  const event = libc.block(POLL_EVENT.bytes);
  const watch = (operation: number, file: number, mask: number, id: number): void => {
    event.view.setUint32(0, mask, true);
    event.view.setUint32(POLL_EVENT.data, id, true);
    libc.changePoll(poll, operation, file, event.pointer);
  };
  const times = createArrivalTimes(libc, LOOK_BYTES, now);
  /** By a number that is given out once, since the kernel gives out those of files again at once. */
  const sockets = new Map<number, LinuxSocket>();
  let lastId = TIMER;

  const alarm = createAlarm(libc, timer, originNs);
  watch(POLL.add, timer, POLL.in, TIMER);

  const resting = new Int32Array(new SharedArrayBuffer(4));
  let lookedNs = 0;
  let readBytes = 0;
  /** Of the last looks that found something, the oldest at `lookCount % LOOKS_JUDGED`. */
  const lookTimesNs = new Float64Array(LOOKS_JUDGED).fill(-Infinity);
  let lookCount = 0;
  const looksAreClose = (): boolean =>
    lookedNs - (lookTimesNs[lookCount % LOOKS_JUDGED] ?? 0) < LOOKS_JUDGED * CLOSE_LOOKS_MS * 1e6;
  /** Sleeps until it is time for the next look, or for the alarm. */
  const rest = (): void => {
    if (times.clock() !== 'kernel' || readBytes > RESTFUL_BYTES || !looksAreClose()) return;
    const untilNs = Math.min(lookedNs + REST_MS * 1e6, alarm.atNs());
    const ms = (untilNs - now()) / 1e6;
    if (ms > LEAST_REST_MS) Atomics.wait(resting, 0, 0, ms);
  };
  const readers: LinuxSocket[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  /** First everything is received and then everything read: calls of the kernel and the reading disturb each other. */
  const receiveAll = (count: number): void => {
    readers.length = starts.length = ends.length = 0;
    readBytes = 0;
    let at = 0;
    // What finds no room is ready at the next look as well.
    for (let index = 0; index < count && at + READ_BYTES <= LOOK_BYTES; index += 1) {
      const event = index * POLL_EVENT.bytes;
      const id = events.view.getUint32(event + POLL_EVENT.data, true);
      if (id === TIMER) {
        alarm.ring();
        continue;
      }
      const socket = sockets.get(id);
      const length = socket?.onReady(events.view.getUint32(event, true), at, READ_BYTES) ?? 0;
      if (!socket || length === 0) continue;
      readers.push(socket);
      starts.push(at);
      at += length;
      ends.push(at);
      readBytes += length;
    }
  };
  const look = (): void => {
    isSoon = false;
    rest();
    const count = libc.waitPoll(poll, events.pointer, EVENTS_A_LOOK, LONGEST_LOOK_MS);
    lookedNs = now();
    if (count > 0) {
      lookTimesNs[lookCount % LOOKS_JUDGED] = lookedNs;
      lookCount += 1;
      times.tune();
    }
    receiveAll(count);
    for (const [index, socket] of readers.entries()) socket.deliver(starts[index] ?? 0, ends[index] ?? 0);
    if (sockets.size > 0 || alarm.isSet()) lookSoon();
  };
  let isSoon = false;
  const lookSoon = (): void => {
    if (isSoon) return;
    isSoon = true;
    setImmediate(look);
  };

  return {
    connect(url, told) {
      lastId += 1;
      const id = lastId;
      const socket = openLinuxSocket({
        libc,
        times,
        events: told,
        url,
        watch: (operation, file, mask) => watch(operation, file, mask, id),
        onOpened: (file) => files.note(file),
        beforeClosing: (file) => files.forget(file),
        onGone: () => sockets.delete(id),
      });
      sockets.set(id, socket);
      lookSoon();
      return socket;
    },
    wakeAt(atNs, wake) {
      alarm.set(atNs, wake);
      lookSoon();
      return () => alarm.clear();
    },
    busyS: () => times.readClock(CLOCK_THREAD_CPUTIME),
    arrivalClock: () => times.clock(),
    close() {
      for (const socket of [...sockets.values()]) socket.destroy();
      alarm.clear();
      for (const file of own) {
        files.forget(file);
        libc.close(file);
      }
    },
  };
}
