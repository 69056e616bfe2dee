/** A process group with real processes: start, log, stop, abort, and what is left afterwards. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isLlemError, type Service } from '@llem/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { isRunning, killService } from './members.js';
import { startProcessGroup } from './start.js';

const forever = 'while :; do sleep 1; done';
const stubborn = `trap "" TERM; sh -c 'trap "" TERM; ${forever}' & ${forever}`;
const pids = z.object({ pid: z.int(), supervisorPid: z.int() });

let dir = '';
let logPath = '';
let mark = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'llem-group-'));
  logPath = join(dir, 'engine.log');
  mark = `LLEM_TEST=${randomUUID()}`;
});
afterEach(async () => {
  await killService({ groupId: null, mark }, 5_000);
  rmSync(dir, { recursive: true });
});

/** Starts a shell script as the engine. */
function start(script: string, signal = new AbortController().signal, stopGraceS = 5): Promise<Service> {
  return startCommand(['sh', '-c', script], signal, stopGraceS);
}

function startCommand(
  command: [string, ...string[]],
  signal = new AbortController().signal,
  stopGraceS = 5,
): Promise<Service> {
  const target = { host: '127.0.0.1', port: 4_711 };
  const readiness = { path: '/health', intervalMs: 50 };
  const spec = {
    command,
    env: { LLEM_TEST: mark.slice('LLEM_TEST='.length) },
    target,
    readiness,
    stopGraceS,
  };
  return startProcessGroup({ spec, study: 'study', logPath, runId: 'run-1' }, signal);
}

const log = () => readFileSync(logPath, 'utf8');
const logged = (text: string) => vi.waitFor(() => expect(log()).toContain(text), { timeout: 10_000 });
const exists = (pid: number) => isRunning({ groupId: pid, mark: 'none' });
const groupOf = (service: Service) => pids.parse(service.facts).pid;

describe('start', () => {
  it('returns as soon as the process runs, with its address and pids', async () => {
    const service = await start(forever);
    expect(service.endpoint.baseUrl).toBe('http://127.0.0.1:4711');
    expect(exists(groupOf(service))).toBe(true);
    await service.stop();
  });

  it('gives the engine the environment of llem and of the spec', async () => {
    const service = await start(`echo "$LLEM_TEST $PATH"`);
    await service.exited;
    expect(log()).toBe(`${mark.slice('LLEM_TEST='.length)} ${process.env['PATH'] ?? ''}\n`);
  });

  it('writes standard output and standard error into the log, after what is there', async () => {
    await (
      await start('echo first')
    ).exited;
    await (
      await start('echo second >&2')
    ).exited;
    expect(log()).toBe('first\nsecond\n');
  });

  it('takes a flood of 100 MB into the log whole', async () => {
    const service = await start(`head -c 100000000 /dev/zero`);
    await service.exited;
    expect(statSync(logPath).size).toBe(100_000_000);
  });

  it('reports how an engine ended that ends at once', async () => {
    const service = await start('exit 3');
    expect(await service.exited).toEqual({ code: 3, signal: null });
    expect(await service.stop()).toEqual({ code: 3, signal: null });
  });

  it('reports the signal that killed an engine', async () => {
    const service = await start('kill -SEGV $$');
    expect(await service.exited).toEqual({ code: null, signal: 'SIGSEGV' });
  });

  const refusals = [
    ['missing-executable', 'a name that is nowhere', ['llem-no-such-engine'] as const],
    ['not-executable', 'a folder', [tmpdir()] as const],
    ['bad-arguments', 'an argument that no process can have', ['sh', 'a\0b'] as const],
    ['bad-arguments', 'more arguments than the system takes', ['sh', 'x'.repeat(3_000_000)] as const],
  ] as const;
  it.each(refusals)('fails with the class %s for %s', async (failureClass, _, [file, ...args]) => {
    const error = await startCommand([file, ...args]).catch((reason: unknown) => reason);
    expect(isLlemError(error)).toBe(true);
    expect(error).toMatchObject({ code: 'LLEM_E_START', failureClass });
  });

  it('says so when the log cannot be written', async () => {
    logPath = join(dir, 'no', 'such', 'folder', 'engine.log');
    await expect(start('true')).rejects.toMatchObject({ failureClass: 'log-unwritable' });
  });
});

describe('stop', () => {
  it('lets an engine end by itself within its grace', async () => {
    const service = await start(`trap 'echo bye; exit 0' TERM; echo ready; ${forever}`);
    await logged('ready');
    expect(await service.stop()).toEqual({ code: 0, signal: null });
    expect(log()).toContain('bye');
  });

  it('kills a tree that ignores SIGTERM, once the grace is over', async () => {
    const service = await start(`echo ready; ${stubborn}`, undefined, 0.2);
    await logged('ready');
    expect(await service.stop()).toEqual({ code: null, signal: 'SIGKILL' });
    // By its supervisor, not by llem in its place.
    expect(log()).toBe('ready\n');
    expect(exists(groupOf(service))).toBe(false);
  });

  it('kills what stays in the group after its leader has ended', async () => {
    const service = await start(
      `trap 'exit 0' TERM; ${stubborn.replace('trap "" TERM; ', '')} echo x`,
      undefined,
      0.2,
    );
    await service.stop();
    expect(exists(groupOf(service))).toBe(false);
  });

  it('can be called twice at once, again later, and after the end', async () => {
    const service = await start(forever);
    const [one, two] = await Promise.all([service.stop(), service.stop()]);
    expect(one).toEqual({ code: null, signal: 'SIGTERM' });
    expect(two).toEqual(one);
    expect(await service.stop()).toEqual(one);
  });

  it('is hastened by a call with less grace', async () => {
    const service = await start(`echo ready; ${stubborn}`, undefined, 600);
    await logged('ready');
    const patient = service.stop();
    await service.stop(0.2);
    expect(await patient).toEqual({ code: null, signal: 'SIGKILL' });
    expect(exists(groupOf(service))).toBe(false);
  });

  it('ends what an engine that died left behind, without being asked', async () => {
    const service = await start('(sleep 300 &); (trap "" TERM; sleep 300) & exit 1');
    expect(await service.exited).toEqual({ code: 1, signal: null });
    await vi.waitFor(() => expect(exists(groupOf(service))).toBe(false), { timeout: 10_000 });
  });

  it.runIf(process.platform === 'linux')(
    'finds members that left the group for a session of their own',
    async () => {
      const service = await start(`setsid sh -c 'echo away; exec sleep 300' & ${forever}`);
      await logged('away');
      await service.stop();
      expect(isRunning({ groupId: null, mark })).toBe(false);
    },
  );
});

describe('abort', () => {
  it('before the start starts nothing', async () => {
    const reason = new Error('enough');
    await expect(start('echo started', AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(() => log()).toThrow('ENOENT');
  });

  it('during the start leaves nothing and rejects with its reason', async () => {
    const controller = new AbortController();
    const starting = start(forever, controller.signal);
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(starting).rejects.toBe(reason);
    expect(isRunning({ groupId: null, mark })).toBe(false);
  });

  it.each([0, 1, 2, 3, 5, 8, 13, 21])(
    'at whatever moment of the start leaves nothing: after %i turns of the event loop',
    async (turns) => {
      const controller = new AbortController();
      const starting = start(forever, controller.signal).then((service) => service.exited);
      for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate);
      controller.abort(new Error('enough'));
      await Promise.allSettled([starting]);
      expect(isRunning({ groupId: null, mark })).toBe(false);
    },
  );

  it('later on stops the service', async () => {
    const controller = new AbortController();
    const service = await start(forever, controller.signal);
    controller.abort();
    expect(await service.exited).toEqual({ code: null, signal: 'SIGTERM' });
  });
});

describe('a supervisor', () => {
  it('that is killed takes the engine with it, and the log says so', async () => {
    const service = await start(stubborn);
    process.kill(pids.parse(service.facts).supervisorPid, 'SIGKILL');
    expect(await service.exited).toEqual({ code: null, signal: 'SIGKILL' });
    expect(exists(groupOf(service))).toBe(false);
    expect(log()).toContain('killed from outside');
    expect(await service.stop()).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const)(
    'that gets %s ends the engine first',
    async (signal) => {
      const service = await start(stubborn.replace('&', '& echo ready;'));
      await logged('ready');
      process.kill(pids.parse(service.facts).supervisorPid, signal);
      expect(await service.exited).toEqual({ code: null, signal: 'SIGKILL' });
      // What was killed as an orphan is there, as a zombie, until the system's first process has looked after it.
      await expect.poll(() => exists(groupOf(service))).toBe(false);
    },
  );

  it('that does not answer is killed by stop', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const service = await start(forever);
      process.kill(pids.parse(service.facts).supervisorPid, 'SIGSTOP');
      const stopped = service.stop();
      vi.advanceTimersByTime(60_000);
      expect(await stopped).toEqual({ code: null, signal: 'SIGKILL' });
    } finally {
      vi.useRealTimers();
    }
  });
});
