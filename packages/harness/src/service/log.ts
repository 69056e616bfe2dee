/** The engine's log file: followed for the events, and read for a diagnosis. Never read faster than it is useful. */
import { open, stat } from 'node:fs/promises';

/** Lines that a failure keeps. */
const TAIL_LINES = 20;
const LINE_CHARACTERS = 500;
/** A log is read whole up to this size for a diagnosis; of a larger one the two ends. */
const DIAGNOSIS_BYTES = 8 * 1024 * 1024;
/** Of what was written since the last look, at most this much becomes events. */
const FOLLOW_BYTES = 16 * 1024;
const FOLLOW_MS = 500;
const LF = 0x0a;

export interface LogFollower {
  /** Looks a last time, then no more. */
  stop(): Promise<void>;
}

/** Tells new whole lines as they appear; a flood is thinned out, at whole lines. */
export function followLog(path: string, onLine: (line: string) => void): LogFollower {
  let at = 0;
  let partial = Buffer.alloc(0);
  let looking: Promise<void> = Promise.resolve();
  let busy = false;
  const look = async () => {
    const size = await sizeOf(path);
    if (size <= at) return;
    const from = Math.max(at, size - FOLLOW_BYTES);
    const bytes = await readRange(path, from, size);
    const skipped = from > at;
    at = size;
    // What was left out may end in the middle of a line: begin at the next whole one.
    const whole = skipped ? bytes.subarray(bytes.indexOf(LF) + 1) : Buffer.concat([partial, bytes]);
    const end = whole.lastIndexOf(LF) + 1;
    partial = Buffer.from(whole.subarray(end)).subarray(-FOLLOW_BYTES);
    for (const line of whole.toString('utf8', 0, end).split('\n')) {
      if (line !== '') onLine(line.slice(0, LINE_CHARACTERS));
    }
  };
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    looking = look()
      .catch(() => undefined)
      .finally(() => {
        busy = false;
      });
  }, FOLLOW_MS);
  return {
    async stop() {
      clearInterval(timer);
      await looking;
      await look().catch(() => undefined);
    },
  };
}

/** The log for a diagnosis; empty when there is none. */
export async function readLog(path: string): Promise<string> {
  const size = await sizeOf(path);
  if (size <= DIAGNOSIS_BYTES) return (await readRange(path, 0, size)).toString('utf8');
  const half = DIAGNOSIS_BYTES / 2;
  return Buffer.concat([
    await readRange(path, 0, half),
    Buffer.from('\n'),
    await readRange(path, size - half, size),
  ]).toString('utf8');
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
