/** What is left when llem itself is killed with SIGKILL, at the moments where it hurts: no container, and no process of ours. */
import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { whyNoDocker } from '@llem/testkit/docker';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  containersOf,
  DEAF,
  factsOf,
  logOf,
  openLab,
  requestOf,
  runnerWith,
  type Lab,
} from './engine.fixture.js';
import { startLlem, type Moment } from './llem.fixture.js';

const refused = whyNoDocker();
/** What a person is promised. */
const LEFT_NO_LONGER_MS = 5_000;
let lab: Lab;
let logPath = '';
let count = 0;

/** Those whose standard error is the log of this test. */
function supervisors(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/fd/2`) === logPath;
      } catch {
        return false;
      }
    });
}

/** From now on, and still when the supervisor has ended. */
async function nothingLeft(): Promise<void> {
  await vi.waitFor(async () => expect(await containersOf(lab.daemon)).toEqual([]), {
    timeout: LEFT_NO_LONGER_MS,
    interval: 50,
  });
  await vi.waitFor(() => expect(supervisors()).toEqual([]), { timeout: 30_000 });
  expect(await containersOf(lab.daemon)).toEqual([]);
}

function promised(): { promise: Promise<void>; keep: () => void } {
  let keep: () => void = () => undefined;
  const promise = new Promise<void>((resolve) => {
    keep = resolve;
  });
  return { promise, keep: () => keep() };
}

describe.skipIf(refused !== null)(`llem${refused === null ? '' : ` (left out: ${refused})`}`, () => {
  beforeAll(async () => {
    lab = await openLab();
  });
  afterAll(() => lab.close());
  beforeEach(() => {
    count += 1;
    logPath = join(lab.dir, `engine-${count}.log`);
  });

  it.each<Moment>([
    { request: '/containers/create' },
    { request: '/start' },
    { request: '/wait' },
    { after: 1 },
    { after: 30 },
    { after: 80 },
    { after: 160 },
    'started',
    'stopping',
  ])('killed at the moment %j leaves no container', async (moment) => {
    const llem = await startLlem(moment, { script: DEAF, logPath });
    expect(await once(llem, 'exit')).toEqual([null, 'SIGKILL']);
    await nothingLeft();
  });

  it('killed with a request on its way that is carried out later leaves no container', async () => {
    // Between llem and the engine: holds the making of a container until somebody has looked and found none.
    const hasLooked = promised();
    const hasMade = promised();
    const between = createServer({ allowHalfOpen: true }, (socket) => {
      const to = connect({ path: lab.daemon.socketPath, allowHalfOpen: true });
      socket.on('error', () => undefined);
      to.on('error', () => undefined).pipe(socket);
      socket.once('data', (first) => {
        const asked = first.toString('latin1');
        const pass = () => {
          to.write(first);
          socket.pipe(to);
        };
        if (asked.includes('/containers/json')) to.once('end', hasLooked.keep);
        if (asked.includes('/containers/create')) {
          void hasLooked.promise.then(pass);
          to.once('data', hasMade.keep);
        } else pass();
      });
    }).listen(join(lab.dir, 'between.sock'));
    onTestFinished(() => {
      process.env['DOCKER_HOST'] = lab.daemon.host;
      between.close();
    });
    process.env['DOCKER_HOST'] = `unix://${join(lab.dir, 'between.sock')}`;
    const llem = await startLlem({ request: '/containers/create' }, { script: DEAF, logPath });
    await once(llem, 'exit');
    await hasMade.promise;
    await nothingLeft();
  });

  it('that gave up a start which the engine carries out late removes what comes of it', async () => {
    const mayMake = promised();
    const isAsked = promised();
    const between = createServer({ allowHalfOpen: true }, (socket) => {
      const to = connect({ path: lab.daemon.socketPath, allowHalfOpen: true });
      // Whoever asked may have hung up: the engine is asked all the same.
      socket.on('error', () => undefined);
      to.on('error', () => undefined).pipe(socket);
      socket.once('data', (first) => {
        const pass = () => {
          to.write(first);
          socket.pipe(to);
        };
        if (!first.toString('latin1').includes('/containers/create')) {
          pass();
          return;
        }
        isAsked.keep();
        void mayMake.promise.then(pass);
      });
    }).listen(join(lab.dir, 'slow.sock'));
    onTestFinished(() => {
      process.env['DOCKER_HOST'] = lab.daemon.host;
      between.close();
    });
    process.env['DOCKER_HOST'] = `unix://${join(lab.dir, 'slow.sock')}`;
    const runner = runnerWith();
    const controller = new AbortController();
    const reason = new Error('no more');
    const starting = runner.start(await requestOf(runner, { script: DEAF, logPath }), controller.signal);
    await isAsked.promise;
    controller.abort(reason);
    await expect(starting).rejects.toBe(reason);
    expect(supervisors()).toHaveLength(1);
    mayMake.keep();
    await vi.waitFor(() => expect(supervisors()).toEqual([]), { timeout: 30_000 });
    expect(await containersOf(lab.daemon)).toEqual([]);
  });

  it.each<Moment>(['exit', 'throw'])(
    'that ends without stopping (%s) leaves no container',
    async (moment) => {
      await once(await startLlem(moment, { script: DEAF, logPath }), 'exit');
      await nothingLeft();
    },
  );

  it('killed with its whole process group, as a terminal does, leaves no container', async () => {
    const llem = await startLlem('never', { script: DEAF, logPath });
    await new Promise((resolve) => llem.stdout?.once('data', resolve));
    expect(await containersOf(lab.daemon)).toHaveLength(1);
    process.kill(-(llem.pid ?? Number.NaN), 'SIGINT');
    await nothingLeft();
  });
});

describe.skipIf(refused !== null)('a supervisor', () => {
  beforeAll(async () => {
    lab = await openLab();
  });
  afterAll(() => lab.close());
  beforeEach(() => {
    count += 1;
    logPath = join(lab.dir, `engine-${count}.log`);
  });

  const start = async () => {
    const runner = runnerWith();
    const service = await runner.start(
      await requestOf(runner, { script: DEAF, logPath }),
      new AbortController().signal,
    );
    await vi.waitFor(() => expect(logOf(logPath)).toContain('up'), { timeout: 30_000 });
    return service;
  };

  it.each(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'that gets %s takes the container with it, and the log says so',
    async (signal) => {
      const service = await start();
      process.kill(factsOf(service).supervisorPid, signal);
      const exit = await service.exited;
      expect(exit.signal).toBe('SIGKILL');
      expect(['supervisor-failed', 'container-removed']).toContain(exit.cause?.class);
      expect(logOf(logPath)).toContain('llem: The ');
      await service.stop();
      await nothingLeft();
    },
  );

  it('ends at once when the service has, and keeps nobody alive', async () => {
    const service = await start();
    await service.stop(0);
    await vi.waitFor(() => expect(supervisors()).toEqual([]), { timeout: 2_000 });
  });
});
