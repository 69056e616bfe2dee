/** The engine's log file: followed for the events, and read for a diagnosis. Never read faster than it is useful. */
import { open, stat, writeFile } from 'node:fs/promises';
import { dirname, relative } from 'node:path';
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
  readonly path: string;
  /** From now on lines are told to somebody else. */
  tellTo(onLine: (line: string) => void): void;
  /** Looks a last time, then no more. The engine has ended. Idempotent. */
  stop(): Promise<void>;
}

/** Tells new whole lines as they appear, and keeps the log to its limit; a flood is thinned out, at whole lines. */
export function followLog(path: string, onLine: (line: string) => void): LogFollower {
  let tell = onLine;
  let at = 0;
  let partial = Buffer.alloc(0);
  let looking: Promise<void> = Promise.resolve();
  let stopped = false;
  const limit = createLogLimit(path);
  /** Gives by how much the log has grown. */
  const look = async () => {
    const size = await logSize(path);
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
      if (line !== '') tell(line.slice(0, LINE_CHARACTERS));
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
  let stopping: Promise<void> | null = null;
  const finish = async () => {
    stopped = true;
    clearTimeout(timer);
    await looking;
    await look().catch(() => 0);
    try {
      limit.finish();
    } catch {
      // A log that cannot be cut must not cost the run.
    }
  };
  return {
    path,
    tellTo(next) {
      tell = next;
    },
    stop: () => (stopping ??= finish()),
  };
}

/** The log from the byte `from` on, for a diagnosis; empty when there is none. Of one that could not be kept to its limit it is the end. */
export async function readLog(path: string, from = 0): Promise<string> {
  const size = await logSize(path);
  return (await readRange(path, Math.max(from, size - LOG_LIMIT_BYTES), size)).toString('utf8');
}

/** A log from the byte `from` on. */
export interface LogPart {
  readonly path: string;
  readonly from: number;
}

/**
 * Gives a run the part of a log that its engine wrote while it had it, with a note of where the rest is; all of one that was
 * cut meanwhile. Never rejects: it is a copy.
 */
export async function keepPart({ path, from }: LogPart, to: string): Promise<void> {
  const note = `llem: an earlier run started this engine; its whole log is ${relative(dirname(to), path)}. In this run:\n`;
  try {
    const isCut = (await logSize(path)) < from;
    await writeFile(to, `${note}${await readLog(path, isCut ? 0 : from)}`);
  } catch {
    // The disk is full: the log itself is where the note says.
  }
}

/** The last lines of a log text, oldest first. */
export function tailOf(log: string): string[] {
  return log
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-TAIL_LINES)
    .map((line) => line.slice(0, LINE_CHARACTERS));
}

/** In bytes; 0 when there is none. */
export async function logSize(path: string): Promise<number> {
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
