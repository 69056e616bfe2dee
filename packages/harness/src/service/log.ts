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

export interface LogFollower {
  stop(): void;
}

/** Tells new whole lines as they appear; a flood is thinned out. */
export function followLog(path: string, onLine: (line: string) => void): LogFollower {
  let at = 0;
  let partial = '';
  let reading = false;
  const look = async () => {
    const size = await sizeOf(path);
    if (size <= at) return;
    const from = Math.max(at, size - FOLLOW_BYTES);
    if (from > at) partial = '';
    const text = await readRange(path, from, size);
    at = size;
    const lines = (partial + text).split('\n');
    partial = lines.pop() ?? '';
    for (const line of lines) if (line !== '') onLine(line.slice(0, LINE_CHARACTERS));
  };
  const timer = setInterval(() => {
    if (reading) return;
    reading = true;
    look()
      .catch(() => undefined)
      .finally(() => {
        reading = false;
      });
  }, FOLLOW_MS);
  return { stop: () => clearInterval(timer) };
}

/** The log for a diagnosis; empty when there is none. */
export async function readLog(path: string): Promise<string> {
  const size = await sizeOf(path);
  if (size <= DIAGNOSIS_BYTES) return readRange(path, 0, size);
  const half = DIAGNOSIS_BYTES / 2;
  return `${await readRange(path, 0, half)}\n${await readRange(path, size - half, size)}`;
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

async function readRange(path: string, from: number, to: number): Promise<string> {
  if (to <= from) return '';
  const file = await open(path, 'r');
  try {
    const buffer = Buffer.alloc(to - from);
    const { bytesRead } = await file.read(buffer, 0, buffer.length, from);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}
