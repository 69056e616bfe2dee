/**
 * Runners that do all that is asked but one thing, which the option `breaks` names by the id of its rule; nothing with ''. One with a
 * `url` uses a server that is there. Plain JavaScript, so that processes of their own can import it.
 */
import { spawn } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  constants,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { definePlugin, llemError } from '@llem/core';
import { z } from 'zod';

/** Between a runner and a service: ends its group when the service ends, when it is told to, and when the runner is gone. */
const SUPERVISOR = `
import { spawn } from 'node:child_process';
const { command: [file, ...args], breaks } = JSON.parse(process.argv[1]);
const service = spawn(file, args, { detached: true, stdio: ['ignore', 1, 2] });
const send = (signal, pid = -service.pid) => { try { process.kill(pid, signal); } catch {} };
let why = 'runner.exit.left-behind';
process.on('message', (order) => {
  why = order.why;
  send(order.signal, breaks === why ? service.pid : -service.pid);
});
process.on('disconnect', () => {
  setTimeout(() => { send('SIGKILL'); process.exit(); }, breaks === 'runner.owner.killed' ? 15_000 : 0);
});
service.on('spawn', () => process.send({ pid: service.pid }));
service.on('error', ({ message }) => process.send({ message }, () => process.exit()));
service.on('exit', (code, signal) => {
  if (breaks !== why) send('SIGKILL');
  process.send({ code, signal }, () => { if (breaks !== why) process.exit(); });
});
`;

const optionsSchema = z
  .strictObject({
    breaks: z.string().default('').describe('A rule.'),
    url: z.string().optional().describe('A server.'),
  })
  .describe('A runner that breaks a rule.');

export const { options, create } = definePlugin(optionsSchema, (_, { url, breaks }) => {
  const is = (rule) => rule === breaks;
  return { ...common(is), ...(url === undefined ? starting(is, breaks) : using(is, url)) };
});

const common = (is) => ({
  secrets: ['LLEM_CONFORMANCE_TOKEN'],
  checks: () => [
    {
      id: is('runner.checks.named') ? 'ready' : 'broken.ready',
      title: 'Ready',
      run: () =>
        is('runner.checks.total')
          ? Promise.reject(new Error('no idea'))
          : Promise.resolve({ status: 'ok', message: 'It is.', remedy: '' }),
    },
  ],
  async prepare(_, signal, tell) {
    signal.throwIfAborted();
    tell(is('runner.prepare') ? '' : 'Preparing');
  },
});

function starting(is, breaks) {
  const services = [];
  let port = 0;
  return {
    place: is('runner.place') ? 'moon' : 'process',
    async target() {
      if (!is('runner.target.free') || port === 0) port = await freePort();
      return {
        host: '127.0.0.1',
        port: is('runner.target.address') ? String(port) : port,
        ...(is('runner.target.container') ? { container: { image: null } } : {}),
      };
    },
    async start(request, signal) {
      port = 0;
      const service = await startService(request, signal, is, breaks);
      services.push(service);
      const stopAll = (graceS) => Promise.all(services.map((each) => each.stop(graceS)));
      return is('runner.start.several')
        ? { ...service, stop: async (graceS) => (await stopAll(graceS))[0] }
        : service;
    },
  };
}

async function startService({ spec, logPath }, signal, is, breaks) {
  const wasAborted = signal.aborted;
  if (!is('runner.abort.before')) signal.throwIfAborted();
  if (is('runner.start.spec')) spec.stopGraceS += 1;
  const env = Object.entries(spec.env).filter(([, value]) => value !== '' || !is('runner.start.environment'));
  const command = spec.command.map((arg, index) =>
    is('runner.start.arguments') && index === spec.command.length - 1 ? arg.replaceAll('  ', ' ') : arg,
  );
  const log = openLog(logPath, is);
  const supervisor = spawn(
    process.execPath,
    ['--input-type=module', '-e', SUPERVISOR, JSON.stringify({ command, breaks })],
    {
      env: { ...process.env, ...Object.fromEntries(env) },
      stdio: ['ignore', is('runner.log.whole') ? 'pipe' : log, is('runner.log.both') ? 'ignore' : log, 'ipc'],
    },
  );
  closeSync(log);
  // One that is gone is told nothing.
  supervisor.on('error', () => undefined);
  supervisor.stdout?.on('data', (bytes) => {
    setTimeout(() => existsSync(logPath) && appendFileSync(logPath, bytes), 100);
  });
  const exited = new Promise((resolve) => {
    supervisor.on('message', (report) => 'code' in report && resolve(exitOf(report, is)));
  });
  const end = (graceS, why) => {
    const send = (one) => supervisor.connected && supervisor.send({ signal: one, why });
    send(is('runner.stop.asks') ? 'SIGHUP' : 'SIGTERM');
    const timer = setTimeout(() => send('SIGKILL'), 1_000 * (is('runner.stop.grace') ? 0.2 : graceS));
    exited.then(() => clearTimeout(timer));
  };
  const first = await new Promise((resolve) => supervisor.once('message', resolve));
  if (!('pid' in first)) throw refusal(first, is);
  if (signal.aborted) {
    if (!wasAborted) {
      end(0, 'an abort of the start');
      await exited;
    }
    throw is('runner.abort.meanwhile') ? new Error('aborted') : signal.reason;
  }
  signal.addEventListener('abort', () => end(spec.stopGraceS, 'runner.abort.nothing-left'));
  let stops = 0;
  let isOver = false;
  exited.then(() => {
    isOver = true;
  });
  return {
    endpoint: { baseUrl: `${is('runner.start.serves') ? 'HTTP' : 'http'}://127.0.0.1:${spec.target.port}` },
    exited: is('runner.abort.later')
      ? exited.then((exit) => (signal.aborted ? new Promise(() => {}) : exit))
      : exited,
    facts: {
      pid: first.pid,
      ...(is('runner.start.facts') ? { since: new Date() } : {}),
      ...(is('runner.secrets') ? { token: process.env['LLEM_CONFORMANCE_TOKEN'] ?? '' } : {}),
    },
    processes: () => Promise.resolve(processesOf(first.pid, isOver, is)),
    stop(graceS = spec.stopGraceS) {
      stops += 1;
      if (stops === 1 || !is('runner.stop.hastened'))
        end(Math.min(graceS, spec.stopGraceS), 'runner.stop.kills');
      return stops > 1 && is('runner.stop.again') ? Promise.resolve({ code: null, signal: null }) : exited;
    },
  };
}

/** For appending, unless a rule is to be broken. */
function openLog(path, is) {
  if (is('runner.log.kept')) closeSync(openSync(path, 'w'));
  if (!is('runner.log.appended')) return openSync(path, 'a');
  const log = openSync(path, constants.O_RDWR | constants.O_CREAT);
  while (readSync(log, Buffer.alloc(1_024)) > 0);
  return log;
}

function exitOf({ code, signal }, is) {
  if (is('runner.exit.signal') && signal === 'SIGKILL') return { code: 137, signal: null };
  const isLost = (code === 7 && is('runner.exit.code')) || (code === 3 && is('runner.exit.at-once'));
  return { code: isLost ? 1 : code, signal };
}

const refusal = ({ message }, is) =>
  is('runner.start.missing')
    ? new Error(message)
    : llemError('LLEM_E_START', message, { remedy: 'Install it.', failureClass: 'missing-executable' });

function processesOf(pid, isOver, is) {
  if (isOver) return is('runner.processes.after') ? [process.pid] : [];
  if (is('runner.processes.all')) return [pid];
  // More than a pid can be.
  return is('runner.processes.real') ? [...groupOf(pid), 2 ** 22 + 1] : groupOf(pid);
}

/** Linux: the members of a process group. */
function groupOf(group) {
  return readdirSync('/proc')
    .filter((name) => {
      try {
        const stat = readFileSync(`/proc/${Number(name)}/stat`, 'latin1');
        return Number(stat.slice(stat.lastIndexOf(')')).split(' ')[3]) === group;
      } catch {
        return false;
      }
    })
    .map(Number);
}

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

function using(is, url) {
  const port = Number(new URL(url).port);
  return {
    place: 'elsewhere',
    target: () =>
      Promise.resolve({ host: '127.0.0.1', port: is('runner.elsewhere.address') ? port - 1 : port }),
    async start({ spec, logPath }, signal) {
      signal.throwIfAborted();
      const answer = await fetch(`${url}/health`).catch(() => null);
      signal.throwIfAborted();
      if (answer === null && !is('runner.elsewhere.gone'))
        throw llemError('LLEM_E_START', 'No server.', { remedy: 'Start one.' });
      appendFileSync(logPath, 'elsewhere\n');
      const started = is('runner.elsewhere.starts-nothing')
        ? spawn(spec.command[0], spec.command.slice(1))
        : null;
      let end;
      const exited = new Promise((resolve) => {
        end = () => {
          started?.kill('SIGKILL');
          resolve({ code: null, signal: null });
        };
      });
      signal.addEventListener('abort', end);
      if (is('runner.elsewhere.lives')) end();
      return {
        endpoint: { baseUrl: url },
        exited,
        facts: {},
        processes: () => Promise.resolve(null),
        stop() {
          end();
          return exited;
        },
      };
    },
  };
}
