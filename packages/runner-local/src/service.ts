/** One service from start to stop: the supervisor, what it reports, and what to do when it is itself killed. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { llemError, type LlemError, type Service, type ServiceExit, type StartRequest } from '@llem/core';
import { startError } from './failure.js';
import { reportSchema, type Order, type Report } from './messages.js';
import { killService, SERVICE_MARK, servicePids } from './processes.js';

/** Through `dist`, so that it is found from the sources as well. */
const SUPERVISOR = fileURLToPath(new URL('../dist/supervisor.js', import.meta.url));
/** Beyond the grace, how long a supervisor may take to stop a service before it is killed itself, in milliseconds. */
const STOP_MARGIN_MS = 10_000;
const KILL_LIMIT_MS = 5_000;
/** Of an engine that has only just been started, and has nothing to put in order, in seconds. */
const ABORTED_START_GRACE_S = 1;

/**
 * Starts the engine and returns as soon as its process runs, ready or not. Throws LLEM_E_START, or the signal's reason when
 * it was aborted meanwhile. An abort later on stops the service.
 */
export async function startService(request: StartRequest, signal: AbortSignal): Promise<Service> {
  signal.throwIfAborted();
  const { spec, logPath } = request;
  const markValue = `${request.runId}:${randomUUID()}`;
  const mark = `${SERVICE_MARK}=${markValue}`;
  const supervisor = await launchSupervisor(logPath);
  let groupId: number | null = null;

  const gone = (async () => {
    const result = await supervisor.result;
    // Normally it has left nothing. When it was killed, the engine is ours to kill.
    await killService({ groupId, mark }, KILL_LIMIT_MS);
    return result;
  })();
  const stop = async (graceS: number) => {
    const graceMs = Math.min(graceS, spec.stopGraceS) * 1_000;
    supervisor.send({ type: 'stop', graceMs });
    const timer = setTimeout(supervisor.kill, graceMs + STOP_MARGIN_MS);
    await gone;
    clearTimeout(timer);
  };
  const onAbort = () => void stop(groupId === null ? ABORTED_START_GRACE_S : spec.stopGraceS);

  signal.addEventListener('abort', onAbort, { once: true });
  // Launching the supervisor has taken a while.
  if (signal.aborted) onAbort();
  void gone.finally(() => {
    signal.removeEventListener('abort', onAbort);
  });
  const env = { ...ownEnvironment(), ...spec.env, [SERVICE_MARK]: markValue };
  supervisor.send({ type: 'start', command: spec.command, env, mark });

  const first = await supervisor.nextReport();
  if (first?.type !== 'started') {
    const why = await gone;
    signal.throwIfAborted();
    throw first?.type === 'failed' ? startError(spec.command[0], first) : supervisorError(why, logPath);
  }
  groupId = first.pid;
  const exited = supervisor.nextReport().then(async (report): Promise<ServiceExit> => {
    if (report?.type === 'exited') return { code: report.code, signal: report.signal };
    await gone;
    const note = `llem: the supervisor of this engine was killed from outside; the engine (pid ${first.pid}) was killed after it.\n`;
    await appendFile(logPath, note).catch(() => undefined);
    return { code: null, signal: 'SIGKILL' };
  });
  if (signal.aborted) {
    await gone;
    signal.throwIfAborted();
  }
  return {
    endpoint: { baseUrl: `http://${spec.target.host}:${spec.target.port}` },
    exited,
    facts: { pid: first.pid, supervisorPid: supervisor.pid },
    processes: () => Promise.resolve(servicePids({ groupId: first.pid, mark })),
    stop: async (graceS = spec.stopGraceS) => {
      await stop(graceS);
      return exited;
    },
  };
}

interface Supervisor {
  readonly pid: number | null;
  /** Settles when it has gone, with what there is to say about that. Never rejects. */
  readonly result: Promise<string>;
  readonly send: (order: Order) => void;
  /** Null when there will be none. */
  readonly nextReport: () => Promise<Report | null>;
  readonly kill: () => void;
}

/** Starts a supervisor in a session of its own, with the log as its standard error. */
async function launchSupervisor(logPath: string): Promise<Supervisor> {
  const { execa } = await import('execa');
  // The stream is here for its descriptor, which the supervisor inherits and hands on: nothing is written through it.
  const log = createWriteStream(logPath, { flags: 'a' });
  await once(log, 'open').catch((cause: unknown) => {
    throw llemError('LLEM_E_START', `The engine's log ${logPath} cannot be written.`, {
      remedy: 'Name an output folder that exists, can be written and has space left.',
      failureClass: 'log-unwritable',
      cause,
    });
  });
  const subprocess = execa(process.execPath, [SUPERVISOR], {
    detached: true,
    cleanup: false,
    buffer: false,
    reject: false,
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: log,
    // Node's own variables may make it open a debugger or write profiles; the engine gets them with its own environment.
    env: { NODE_OPTIONS: undefined, NODE_V8_COVERAGE: undefined },
  });
  log.destroy();
  // A write to a supervisor that has gone; its end is told by `result`.
  subprocess.stdin.on('error', () => undefined);
  const lines = createInterface({ input: subprocess.stdout })[Symbol.asyncIterator]();
  return {
    pid: subprocess.pid ?? null,
    result: subprocess.then((result) => result.shortMessage ?? 'it ended'),
    send: (order) => {
      subprocess.stdin.write(`${JSON.stringify(order)}\n`);
    },
    nextReport: async () => {
      // A pipe that breaks is a supervisor that has gone.
      const line = await lines.next().catch(() => null);
      return line === null || line.done === true ? null : reportSchema.parse(JSON.parse(line.value));
    },
    kill: () => {
      subprocess.kill('SIGKILL');
    },
  };
}

function ownEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

function supervisorError(why: string, logPath: string): LlemError {
  return llemError('LLEM_E_START', `The process that supervises the engine ended early: ${why}.`, {
    remedy: `Read ${logPath}; make sure that nothing kills processes of this user.`,
    failureClass: 'supervisor-failed',
  });
}
