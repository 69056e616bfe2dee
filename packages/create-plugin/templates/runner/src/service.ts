/** One service from its start to its stop. */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { llemError, type LlemError, type Service, type ServiceExit, type StartRequest } from '@llem/core';
import { launchSupervisor } from '@llem/localhost';
import { reportSchema, type Order, type Report } from './messages.js';
import type { Options } from './options.js';
import { endAll, MARK, membersOf } from './processes.js';

/** Through `dist`, so that it is found from the sources as well. */
const SUPERVISOR = fileURLToPath(new URL('../dist/supervisor.js', import.meta.url));
/** Beyond the grace, how long a supervisor may take before it is killed itself, in milliseconds. */
const STOP_MARGIN_MS = 10_000;

/**
 * Returns as soon as the process runs, ready or not: llem waits for the readiness, the same for every runner. Throws LLEM_E_START, or the
 * signal's reason where it was aborted meanwhile. An abort later on stops the service.
 */
export async function startService(
  { niceness }: Options,
  { spec, logPath, runId }: StartRequest,
  signal: AbortSignal,
): Promise<Service> {
  signal.throwIfAborted();
  const markValue = `${runId}:${randomUUID()}`;
  const mark = `${MARK}=${markValue}`;
  let groupId: number | null = null;

  const supervisor = await launchSupervisor(SUPERVISOR, logPath);
  const order = (one: Order) => supervisor.send(one);
  const nextReport = async (): Promise<Report | null> => {
    const line = await supervisor.nextLine();
    return line === null ? null : reportSchema.parse(JSON.parse(line));
  };
  /** Settles once nothing is left. Where the supervisor was killed itself, its engine is ours to kill. */
  const gone = supervisor.result.then(async (why) => {
    await endAll({ groupId, mark }, () => 0);
    return why;
  });
  const stop = async (graceS: number) => {
    const graceMs = Math.min(graceS, spec.stopGraceS) * 1_000;
    order({ type: 'stop', graceMs });
    const timer = setTimeout(supervisor.kill, graceMs + STOP_MARGIN_MS);
    await gone;
    clearTimeout(timer);
  };
  const onAbort = () => void stop(spec.stopGraceS);
  signal.addEventListener('abort', onAbort, { once: true });
  // Launching the supervisor has taken a while.
  if (signal.aborted) onAbort();
  void gone.finally(() => signal.removeEventListener('abort', onAbort));

  // The engine inherits llem's environment, with what its backend adds.
  const env = { ...ownEnvironment(), ...spec.env, [MARK]: markValue };
  order({ type: 'start', command: spec.command, env, mark, niceness });
  const first = await nextReport();
  if (first?.type !== 'started') {
    const why = await gone;
    signal.throwIfAborted();
    throw startError(spec.command[0], first?.type === 'failed' ? first : { code: '', message: why });
  }
  groupId = first.pid;
  const exited = nextReport().then(async (report): Promise<ServiceExit> => {
    if (report?.type === 'exited') return { code: report.code, signal: report.signal };
    await gone;
    return { code: null, signal: 'SIGKILL' };
  });
  if (signal.aborted) {
    await gone;
    signal.throwIfAborted();
  }
  return {
    endpoint: { baseUrl: `http://${spec.target.host}:${spec.target.port}` },
    exited,
    // For the record: whatever tells later how the engine ran.
    facts: { pid: first.pid, supervisorPid: supervisor.pid, niceness },
    processes: () =>
      Promise.resolve(process.platform === 'linux' ? membersOf({ groupId: first.pid, mark }) : null),
    stop: async (graceS = spec.stopGraceS) => {
      await stop(graceS);
      return exited;
    },
  };
}

function startError(file: string, { code, message }: { code: string; message: string }): LlemError {
  const isMissing = code === 'ENOENT';
  return llemError('LLEM_E_START', `"${file}" could not be started: ${message}.`, {
    // A class of its own for what is worth telling apart, and always what to do.
    failureClass: isMissing ? 'missing-executable' : 'start-failed',
    remedy: isMissing
      ? 'Install the engine, or name its executable by an absolute path in the study.'
      : 'Run it by hand with the arguments of the record to see why.',
  });
}

function ownEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
