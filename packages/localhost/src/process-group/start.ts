/** A service as a process group of this machine, from start to stop: its supervisor, what that reports, and what to do when it is itself killed. */
import { randomUUID } from 'node:crypto';
import { appendFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { llemError, type LlemError, type Service, type ServiceExit, type StartRequest } from '@llem/core';
import { startError } from '../start-error.js';
import { launchSupervisor } from '../supervisor.js';
import { killService, SERVICE_MARK, servicePids } from './members.js';
import { reportSchema, type Order, type Report } from './messages.js';

/** Through `dist`, so that it is found from the sources as well. */
const SUPERVISOR = fileURLToPath(new URL('../../dist/process-group/supervisor.js', import.meta.url));
/** Beyond the grace, how long a supervisor may take to stop a service before it is killed itself, in milliseconds. */
const STOP_MARGIN_MS = 10_000;
const KILL_LIMIT_MS = 5_000;
/** Of an engine that has only just been started, and has nothing to put in order, in seconds. */
const ABORTED_START_GRACE_S = 1;

/**
 * `start` of a runner whose services are processes of this machine. Runs the command of the spec as it is, in a process group of its own, with
 * this process's environment and what the spec adds; its output goes straight into the log. Returns as soon as the process runs, ready or not.
 *
 * Whatever becomes of this process, `kill -9` included, a supervisor ends the whole group: SIGTERM, 0.8 s, SIGKILL. `stop` does so
 * with the grace of the spec, and leaves nothing, also of what left the group (on Linux). A runner that starts something in front of the engine (`srun`,
 * `numactl`) gives a spec whose command says so, and asks `requireProgram` first.
 *
 * Throws LLEM_E_START, with one of the classes `missing-executable`, `not-executable`, `bad-arguments`, `out-of-resources`, `log-unwritable`,
 * `supervisor-failed` and `start-failed`, or the signal's reason when it was aborted meanwhile. An abort later on stops the service.
 */
export async function startProcessGroup(request: StartRequest, signal: AbortSignal): Promise<Service> {
  signal.throwIfAborted();
  const { spec, logPath } = request;
  const markValue = `${request.runId}:${randomUUID()}`;
  const mark = `${SERVICE_MARK}=${markValue}`;
  const supervisor = await launchSupervisor(SUPERVISOR, logPath);
  const order = (one: Order) => supervisor.send(one);
  const nextReport = async (): Promise<Report | null> => {
    const line = await supervisor.nextLine();
    return line === null ? null : reportSchema.parse(JSON.parse(line));
  };
  let groupId: number | null = null;

  const gone = (async () => {
    const result = await supervisor.result;
    // Normally it has left nothing. When it was killed, the engine is ours to kill.
    await killService({ groupId, mark }, KILL_LIMIT_MS);
    return result;
  })();
  const stop = async (graceS: number) => {
    const graceMs = Math.min(graceS, spec.stopGraceS) * 1_000;
    order({ type: 'stop', graceMs });
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
  order({ type: 'start', command: spec.command, env, mark });

  const first = await nextReport();
  if (first?.type !== 'started') {
    const why = await gone;
    signal.throwIfAborted();
    throw first?.type === 'failed' ? startError(spec.command[0], first) : supervisorError(why, logPath);
  }
  groupId = first.pid;
  const exited = nextReport().then(async (report): Promise<ServiceExit> => {
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
