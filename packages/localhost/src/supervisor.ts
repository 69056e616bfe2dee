/**
 * Starts a supervisor: a small process in a session of its own that ends what llem started, however llem ends. Orders go down its stdin, a
 * JSON value a line; the end of that pipe says that llem has died. What it has to say comes up its stdout, a line each.
 */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { llemError } from '@llem/core';

export interface Supervisor {
  readonly pid: number | null;
  /** Settles when it has gone, with what there is to say about that. Never rejects. */
  readonly result: Promise<string>;
  /** Written as JSON. One that has gone already hears nothing: that is told by `result`. */
  readonly send: (order: object) => void;
  /** Null when there will be none. */
  readonly nextLine: () => Promise<string | null>;
  readonly kill: () => void;
  /** Ends its pipe, as the death of llem would, and does not keep this process alive for it any more. */
  readonly leave: () => void;
}

/**
 * `program` is a module that node runs; its standard error is appended to `logPath`, which is made where it is missing. Throws
 * LLEM_E_START when that cannot be written.
 */
export async function launchSupervisor(program: string, logPath: string): Promise<Supervisor> {
  const { execa } = await import('execa');
  // The stream is here for its descriptor, which the supervisor inherits: nothing is written through it.
  const log = createWriteStream(logPath, { flags: 'a' });
  await once(log, 'open').catch((cause: unknown) => {
    throw llemError('LLEM_E_START', `The engine's log ${logPath} cannot be written.`, {
      remedy: 'Name an output folder that exists, can be written and has space left.',
      failureClass: 'log-unwritable',
      cause,
    });
  });
  const subprocess = execa(process.execPath, [program], {
    detached: true,
    cleanup: false,
    buffer: false,
    reject: false,
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: log,
    // Node's own variables may make it open a debugger or write profiles.
    env: { NODE_OPTIONS: undefined, NODE_V8_COVERAGE: undefined },
  });
  log.destroy();
  // A write to a supervisor that has gone; its end is told by `result`.
  subprocess.stdin.on('error', () => undefined);
  const reader = createInterface({ input: subprocess.stdout });
  const lines = reader[Symbol.asyncIterator]();
  return {
    pid: subprocess.pid ?? null,
    result: subprocess.then((result) => result.shortMessage ?? 'it ended'),
    send: (order) => {
      subprocess.stdin.write(`${JSON.stringify(order)}\n`);
    },
    nextLine: async () => {
      // A pipe that breaks is a supervisor that has gone.
      const line = await lines.next().catch(() => null);
      return line === null || line.done === true ? null : line.value;
    },
    kill: () => {
      subprocess.kill('SIGKILL');
    },
    leave: () => {
      subprocess.stdin.end();
      reader.close();
      subprocess.stdout.destroy();
      subprocess.unref();
    },
  };
}
