/** What an engine's program prints when it is asked for its help or version. */
import { spawn } from 'node:child_process';
import { stat } from 'node:fs/promises';

export interface EngineOutput {
  readonly code: number | null;
  /** Standard output and error, each in its order. */
  readonly text: string;
}

/** More is no help text, in characters. */
const MOST_CHARACTERS = 4_000_000;

const known = new Map<string, Promise<EngineOutput>>();

/**
 * Asked once in this process for each state of the file, since an engine imports for many seconds before it answers. Rejects with the
 * reason of the signal, or where the program cannot be started.
 */
export async function engineOutput(
  path: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<EngineOutput> {
  const { mtimeMs, ino, size } = await stat(path);
  signal.throwIfAborted();
  const key = JSON.stringify([path, mtimeMs, ino, size, args]);
  const asked = known.get(key) ?? printed(path, args, signal);
  known.set(key, asked);
  try {
    return await asked;
  } catch (error) {
    known.delete(key);
    throw error;
  }
}

function printed(path: string, args: readonly string[], signal: AbortSignal): Promise<EngineOutput> {
  return new Promise((resolve, reject) => {
    const child = spawn(path, args, {
      // A group of its own: an engine asks the machine with processes of its own, and all of them are to end with it.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      // Wide, so that few lines are broken.
      env: { ...process.env, COLUMNS: '200', NO_COLOR: '1', PAGER: 'cat' },
    });
    const texts = { stdout: '', stderr: '' };
    const keep = (stream: keyof typeof texts) => (piece: string) => {
      if (texts[stream].length < MOST_CHARACTERS) texts[stream] += piece;
    };
    child.stdout.setEncoding('utf8').on('data', keep('stdout'));
    child.stderr.setEncoding('utf8').on('data', keep('stderr'));
    const kill = () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It has ended by itself.
      }
    };
    signal.addEventListener('abort', kill, { once: true });
    const ended = () => signal.removeEventListener('abort', kill);
    child.once('error', (error) => {
      ended();
      reject(error);
    });
    child.once('close', (code) => {
      ended();
      if (signal.aborted) reject(new Error('the wait for its answer has ended'));
      else resolve({ code, text: `${texts.stdout}\n${texts.stderr}` });
    });
  });
}
