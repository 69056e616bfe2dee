/** The engine's log file: followed for the events, and read for a diagnosis. Never read faster than it is useful. */
import { open, stat } from 'node:fs/promises';
import { createLogLimit, LOG_LIMIT_BYTES } from './log-limit.js';

/** Lines that a failure keeps. */
const TAIL_LINES = 20;
const LINE_CHARACTERS = 500;
/** Of what was written since the last look, at most this much becomes events. */
const FOLLOW_BYTES = 16 * 1024;
const FOLLOW_MS = 200;
/** A log that grew by more than this since the last look is looked at again soon, so that little of the disk is taken. */
const FLOOD_BYTES = 16 * 1024 * 1024;
const FLOOD_MS = 20;
const LF = 0x0a;

export interface LogFollower {
  /** Looks a last time, then no more. The engine has ended. */
  stop(): Promise<void>;
}

/** Tells new whole lines as they appear, and keeps the log to its limit; a flood is thinned out, at whole lines. */
export function followLog(path: string, onLine: (line: string) => void): LogFollower {
  let at = 0;
  let partial = Buffer.alloc(0);
  let looking: Promise<void> = Promise.resolve();
  let stopped = false;
  const limit = createLogLimit(path);
  /** Gives by how much the log has grown. */
  const look = async () => {
    const size = await sizeOf(path);
    if (size <= at) return 0;
    const from = Math.max(at, size - FOLLOW_BYTES);
    const bytes = await readRange(path, from, size);
    const skipped = from > at;
    const grown = size - at;
    at = size;
    // Cut after it was read: what comes next is told from the end that stays.
    at = limit.hold(size);
    // What was left out may end in the middle of a line: begin at the next whole one.
    const whole = skipped ? bytes.subarray(bytes.indexOf(LF) + 1) : Buffer.concat([partial, bytes]);
    const end = whole.lastIndexOf(LF) + 1;
    partial = Buffer.from(whole.subarray(end)).subarray(-FOLLOW_BYTES);
    for (const line of whole.toString('utf8', 0, end).split('\n')) {
      if (line !== '') onLine(line.slice(0, LINE_CHARACTERS));
    }
    return grown;
  };
  const lookAgainIn = (ms: number) =>
    setTimeout(() => {
      looking = look()
        .catch(() => 0)
        .then((grown) => {
          if (!stopped) timer = lookAgainIn(grown > FLOOD_BYTES ? FLOOD_MS : FOLLOW_MS);
        });
    }, ms);
  let timer = lookAgainIn(FOLLOW_MS);
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await looking;
      await look().catch(() => 0);
      try {
        limit.finish();
      } catch {
        // A log that cannot be cut must not cost the run.
      }
    },
  };
}

/** The log for a diagnosis; empty when there is none. Of one that could not be kept to its limit it is the end. */
export async function readLog(path: string): Promise<string> {
  const size = await sizeOf(path);
  return (await readRange(path, Math.max(0, size - LOG_LIMIT_BYTES), size)).toString('utf8');
}

/** The last lines of a log text, oldest first. */
export function tailOf(log: string): string[] {
  return log
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-TAIL_LINES)
    .map((line) => line.slice(0, LINE_CHARACTERS));
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch {
    return 0;
  }
}

async function readRange(path: string, from: number, to: number): Promise<Buffer> {
  if (to <= from) return Buffer.alloc(0);
  const file = await open(path, 'r');
  try {
    const buffer = Buffer.alloc(to - from);
    const { bytesRead } = await file.read(buffer, 0, buffer.length, from);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
