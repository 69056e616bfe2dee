/** What happens to a service when its engine, the way to it, or its disk fails. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isLlemError, type Service } from '@llem/core';
import { readOfProcess } from '@llem/localhost/processes';
import { askDocker, importImage, nodeFiles, startDockerDaemon, whyNoDocker } from '@llem/testkit/docker';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { containerPids } from '../src/container/processes.js';
import {
  containersOf,
  DEAF,
  factsOf,
  FOREVER,
  IMAGE,
  logOf,
  openLab,
  requestOf,
  runnerWith,
  type Lab,
} from './engine.fixture.js';

const refused = whyNoDocker();
const never = () => new AbortController().signal;

async function labOfTest(extraArgs: string[] = []): Promise<Lab> {
  const lab = await openLab({ extraArgs });
  onTestFinished(() => lab.close());
  return lab;
}

async function start(lab: Lab, script: string): Promise<{ service: Service; log: () => string }> {
  const runner = runnerWith();
  const logPath = join(lab.dir, 'engine.log');
  const service = await runner.start(await requestOf(runner, { script, logPath }), never());
  const log = () => logOf(logPath);
  await vi.waitFor(() => expect(log()).toContain('up'), { timeout: 30_000 });
  return { service, log };
}

/** Counts, a line each. */
const COUNTING = 'echo up; i=0; while :; do i=$((i + 1)); echo line $i; sleep 0.02; done';

/** Whether the lines are those from 1 on, each once. */
function isWhole(log: string): boolean {
  const numbers = [...log.matchAll(/^line (\d+)$/gm)].map(([, number]) => Number(number));
  return numbers.every((number, index) => number === index + 1);
}

const title = refused === null ? '' : ` (left out: ${refused})`;
describe.skipIf(refused !== null)(`an engine that fails${title}`, () => {
  it('in mid-run ends the service, with what ran in its container', async () => {
    const lab = await labOfTest();
    const { service, log } = await start(lab, DEAF);
    const { container } = factsOf(service);
    expect(containerPids(container)).not.toBeNull();
    await lab.daemon.kill();
    const exit = await service.exited;
    expect(exit).toMatchObject({ code: null, signal: 'SIGKILL', cause: { class: 'docker-gone' } });
    expect(exit.cause?.message).toContain('llem ended what ran in it');
    expect(log()).toContain('went away while the container ran');
    expect(containerPids(container)).toBeNull();
    expect(await service.stop()).toEqual(exit);
    // The supervisor is at it as long as an engine may need to come back.
    await lab.daemon.restart();
    await vi.waitFor(async () => expect(await containersOf(lab.daemon)).toEqual([]), { timeout: 30_000 });
  });

  it('and is started again has ended the container, and that is told', async () => {
    const lab = await labOfTest();
    const { service } = await start(lab, DEAF);
    await lab.daemon.kill();
    await lab.daemon.restart();
    expect((await service.exited).cause?.class).toBe('docker-gone');
    await service.stop();
    await vi.waitFor(async () => expect(await containersOf(lab.daemon)).toEqual([]), { timeout: 30_000 });
  });

  it('between two services is waited for, and what it kept of the first is removed before the second starts', async () => {
    const lab = await labOfTest();
    const runner = runnerWith();
    const logPath = join(lab.dir, 'engine.log');
    const change = { script: DEAF, logPath };
    const first = await runner.start(await requestOf(runner, change), never());
    const request = await requestOf(runner, change);
    await lab.daemon.kill();
    expect((await first.stop()).cause?.class).toBe('docker-gone');
    const starting = runner.start(request, never());
    await lab.daemon.restart();
    const second = await starting;
    expect(await containersOf(lab.daemon)).toEqual([factsOf(second).name]);
    await second.stop(0);
    expect(await containersOf(lab.daemon)).toEqual([]);
  });

  it('and lets containers live is come back to, and no line of the log is lost or doubled', async () => {
    const lab = await labOfTest(['--live-restore']);
    const { service, log } = await start(lab, COUNTING);
    await lab.daemon.kill();
    await lab.daemon.restart();
    const before = log().length;
    await vi.waitFor(() => expect(log().length).toBeGreaterThan(before + 1_000), { timeout: 30_000 });
    expect(isWhole(log())).toBe(true);
    await service.stop(0);
    expect(await containersOf(lab.daemon)).toEqual([]);
  });

  it('to answer does not keep a stop from its end', async () => {
    const lab = await labOfTest();
    const { service } = await start(lab, DEAF);
    const { container } = factsOf(service);
    process.kill(lab.daemon.pid, 'SIGSTOP');
    onTestFinished(() => void process.kill(lab.daemon.pid, 'SIGCONT'));
    expect((await service.stop(0)).cause?.class).toBe('docker-gone');
    expect(containerPids(container)).toBeNull();
    process.kill(lab.daemon.pid, 'SIGCONT');
    await vi.waitFor(async () => expect(await containersOf(lab.daemon)).toEqual([]), { timeout: 30_000 });
  });
});

describe.skipIf(refused !== null)('a connection', () => {
  it('that is lost is made again: the service runs on, its log is whole, and its end is seen', async () => {
    const lab = await labOfTest();
    const sockets = new Set<Socket>();
    const path = join(lab.dir, 'between.sock');
    const between = createServer((socket) => {
      const to = connect(lab.daemon.socketPath);
      for (const [one, other] of [
        [socket, to],
        [to, socket],
      ] as const) {
        sockets.add(one);
        one.pipe(other).on('error', () => undefined);
        one.on('close', () => other.destroy());
      }
    }).listen(path);
    onTestFinished(() => void between.close());
    process.env['DOCKER_HOST'] = `unix://${path}`;
    const { service, log } = await start(lab, COUNTING);
    for (let round = 0; round < 3; round += 1) {
      for (const socket of sockets) socket.destroy();
      sockets.clear();
      const before = log().length;
      await vi.waitFor(() => expect(log().length).toBeGreaterThan(before + 500), { timeout: 30_000 });
    }
    expect(isWhole(log())).toBe(true);
    await askDocker(lab.daemon.socketPath, 'POST', `/containers/${factsOf(service).container}/kill`);
    expect(await service.exited).toEqual({ code: null, signal: 'SIGKILL' });
    await service.stop();
  });
});

describe.skipIf(refused !== null)('a disk', () => {
  it('without space for a container refuses the start in words, and nothing is left', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'llem-small-disk-'));
    const root = join(folder, 'disk');
    mkdirSync(root);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=400m', 'tmpfs', root]);
    const daemon = await startDockerDaemon({ extraArgs: ['--data-root', join(root, 'data')] });
    onTestFinished(async () => {
      await daemon.stop();
      execFileSync('umount', ['-R', root]);
      rmSync(folder, { recursive: true });
    });
    process.env['DOCKER_HOST'] = daemon.host;
    await importImage(daemon, { name: IMAGE, files: nodeFiles(), env: { PATH: '/bin' } });
    execFileSync('sh', ['-c', `cat /dev/zero >${join(root, 'full')} 2>/dev/null || true`]);
    const runner = runnerWith();
    const container = { entrypoint: ['sh', '-c'] };
    const request = await requestOf(runner, {
      script: FOREVER,
      logPath: join(folder, 'engine.log'),
      container,
    });
    const error: unknown = await runner.start(request, never()).catch((thrown: unknown) => thrown);
    expect(isLlemError(error) && error.failureClass).toBe('no-space');
    expect(await containersOf(daemon)).toEqual([]);
    expect(readOfProcess(daemon.pid, 'cmdline')).toContain('dockerd');
  });
});
