/** A service in a container of a real engine, from start to stop: what it is given, what it writes, how it ends, what is left. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { isLlemError, type LlemError, type Service } from '@llem/core';
import { askDocker, engineKind, whyNoDocker } from '@llem/testkit/docker';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import {
  containersOf,
  DEAF,
  factsOf,
  FOREVER,
  logOf,
  openLab,
  requestOf,
  runnerWith,
  serverScript,
  type Change,
  type Lab,
} from './engine.fixture.js';

const refused = whyNoDocker();
/** It has a digest for every image, and its first process ends with 1 where it cannot start another. */
const isPodman = engineKind() === 'podman';
let lab: Lab;
let logPath = '';
let count = 0;

// Matchers have the type any; as unknown they can stand in an expected value.
const matching = (pattern: RegExp): unknown => expect.stringMatching(pattern);
const never = () => new AbortController().signal;
const start = async (
  change: Omit<Change, 'logPath'>,
  options: object = {},
  signal = never(),
): Promise<Service> => {
  const runner = runnerWith(options);
  return runner.start(await requestOf(runner, { ...change, logPath }), signal);
};
const refusal = async (change: Omit<Change, 'logPath'>, options: object = {}): Promise<LlemError> => {
  const error: unknown = await start(change, options).catch((thrown: unknown) => thrown);
  if (!isLlemError(error)) throw new Error('It was not refused.', { cause: error });
  return error;
};
const logged = (text: string) =>
  vi.waitFor(() => expect(logOf(logPath)).toContain(text), { timeout: 30_000 });
const ask = async (method: 'GET' | 'POST' | 'DELETE', path: string): Promise<unknown> => {
  const { status, body } = await askDocker(lab.daemon.socketPath, method, path);
  if (status >= 400) throw new Error(`${status}: ${body}`);
  return body === '' ? null : JSON.parse(body);
};
/** Like that of the lab, with one change. */
const makeImage = async (name: string, change: string): Promise<void> => {
  const { body } = await askDocker(lab.daemon.socketPath, 'POST', '/containers/create', {
    body: { Image: 'engine:1' },
  });
  const { Id } = z.object({ Id: z.string() }).parse(JSON.parse(body));
  await ask('POST', `/commit?container=${Id}&repo=${name}&changes=${encodeURIComponent(change)}`);
  await ask('DELETE', `/containers/${Id}`);
};

describe.skipIf(refused !== null)(`a service${refused === null ? '' : ` (left out: ${refused})`}`, () => {
  beforeAll(async () => {
    lab = await openLab();
  });
  afterAll(() => lab.close());
  beforeEach(() => {
    count += 1;
    logPath = join(lab.dir, `engine-${count}.log`);
  });
  // Whatever a test was about.
  afterEach(async () => {
    await vi.waitFor(async () => expect(await containersOf(lab.daemon)).toEqual([]), { timeout: 15_000 });
  });

  describe.each(['host', 'bridge'])('in the network %s', (network) => {
    it('is reached from this machine, and told by name, image, pids and what it really has', async () => {
      const runner = runnerWith({ network, memory_gib: 0.5, cpus: 0.75 });
      const request = await requestOf(runner, { script: '', logPath });
      const command = [serverScript(request.spec.target)] as const;
      const service = await runner.start({ ...request, spec: { ...request.spec, command } }, never());
      await logged('up');
      expect(await (await fetch(service.endpoint.baseUrl)).text()).toBe('hello');
      expect(service.image).toEqual({
        name: 'engine:1',
        id: matching(/^sha256:/),
        digest: isPodman ? matching(/^sha256:/) : null,
      });
      expect(service.facts).toMatchObject({
        network,
        memoryBytes: 2 ** 29,
        cpus: 0.75,
        // What an engine gives where nobody says how much.
        shmBytes: isPodman ? 65_536_000 : 2 ** 26,
        ipc: 'private',
      });
      const { container, name } = factsOf(service);
      expect(name).toMatch(/^llem-001_ab_c1_a1-[0-9a-f]{8}$/);
      expect(await containersOf(lab.daemon)).toEqual([name]);
      const commands = (await service.processes())?.map((pid) =>
        readFileSync(`/proc/${pid}/cmdline`, 'latin1'),
      );
      expect(commands?.some((text) => text.startsWith('node\0-e\0'))).toBe(true);
      expect(container).toMatch(/^[0-9a-f]{64}$/);
      // Node's server knows nothing of SIGTERM, which the first process passes on.
      expect(await service.stop()).toEqual({ code: null, signal: 'SIGTERM' });
      expect(await service.processes()).toBeNull();
    });
  });

  describe('is given', () => {
    it('what its spec and the study say', async () => {
      const source = join(lab.dir, 'with:colon', 'made');
      const service = await start(
        {
          script:
            'id -u; df -k /dev/shm | tail -n 1 | tr -s " " | cut -d " " -f 2; ulimit -n; echo $A $B; echo ok > /mnt/a:b/file; ls /cache || true',
          spec: { env: { A: 'backend' } },
          container: {
            shmBytes: 2 ** 25,
            ulimits: { nofile: 555 },
            mounts: [{ source, target: '/mnt/a:b', readOnly: false, create: true }],
          },
        },
        { env: { B: 'study' }, user: '0:0', mounts: [{ source: lab.dir, target: '/cache' }] },
      );
      expect(await service.exited).toEqual({ code: 0, signal: null });
      const [user, shm, files, variables] = logOf(logPath).split('\n');
      expect([user, shm, files, variables]).toEqual(['0', '32768', '555', 'backend study']);
      expect(readFileSync(join(source, 'file'), 'utf8')).toBe('ok\n');
      expect(logOf(logPath)).toContain('with:colon');
      await service.stop();
    });

    it('no folder that nobody has made', async () => {
      const source = join(lab.dir, 'missing');
      const mounts = [{ source, target: '/mnt', readOnly: true, create: false }];
      expect((await refusal({ script: FOREVER, container: { mounts } })).failureClass).toBe('mount-missing');
      expect(existsSync(source)).toBe(false);
    });

    it('secrets in its environment, and nobody else is', async () => {
      const secrets = { LLEM_TEST_TOKEN: 'token-of-llem', LLEM_TEST_PROXY: 'http://jo:proxy-pass@proxy:1' };
      Object.assign(process.env, secrets);
      const service = await start(
        {
          script:
            'echo token $LLEM_TEST_TOKEN, key $STUDY_KEY, proxy $LLEM_TEST_PROXY; echo -n part token-of-; sleep 0.2; echo llem; sleep 100',
          container: { passEnv: Object.keys(secrets) },
          spec: { stopGraceS: 0 },
        },
        { env: { STUDY_KEY: 'key-of-study' } },
      );
      await logged('part ***');
      expect(logOf(logPath)).toBe('token ***, key ***, proxy http://***@proxy:1\npart ***\n');
      const { container, supervisorPid } = factsOf(service);
      const schema = z.looseObject({ Config: z.looseObject({ Env: z.array(z.string()) }) });
      const { Config, ...rest } = schema.parse(await ask('GET', `/containers/${container}/json`));
      const { Env, ...config } = Config;
      expect(Env).toEqual(
        expect.arrayContaining(['LLEM_TEST_TOKEN=token-of-llem', 'STUDY_KEY=key-of-study']),
      );
      const elsewhere = JSON.stringify([rest, config, service.facts, service.image]);
      const commandLine = readFileSync(`/proc/${supervisorPid}/cmdline`, 'latin1');
      for (const secret of ['token-of-llem', 'key-of-study', 'proxy-pass']) {
        expect(elsewhere).not.toContain(secret);
        expect(commandLine).not.toContain(secret);
      }
      await service.stop();
    });
  });

  describe('writes', () => {
    it('a log that has each byte of both streams once, after what is there', async () => {
      writeFileSync(logPath, 'before\n');
      const lines = Array.from(
        { length: 20_000 },
        (_, index) => `line ${index} ${'x'.repeat(index % 100)}\n`,
      );
      const long = 'y'.repeat(100_000);
      const service = await start({
        script: `i=0; node -e 'for (let i = 0; i < 20000; i++) console.log("line " + i + " " + "x".repeat(i % 100))'; node -e 'process.stderr.write("y".repeat(100000))'`,
      });
      await service.exited;
      // The two streams may overtake one another inside of the engine.
      const log = logOf(logPath);
      expect(log.replaceAll('y', '')).toBe(`before\n${lines.join('')}`);
      expect(log.replace(/[^y]/g, '')).toBe(long);
      await service.stop();
    });

    // Podman 5.4 garbles what is written faster than it is read.
    it.skipIf(isPodman)('a flood of 100 MB whole', async () => {
      const script = `const line = 'z'.repeat(99) + '\\n'; process.stdout.write(line.repeat(1e6))`;
      const service = await start({ script: `node -e "${script}"` });
      await service.exited;
      expect(statSync(logPath).size).toBe(100_000_000);
      const hash = createHash('sha256');
      for await (const chunk of createReadStream(logPath)) hash.update(z.instanceof(Buffer).parse(chunk));
      const expected = createHash('sha256');
      for (let index = 0; index < 10; index += 1) expected.update(`${'z'.repeat(99)}\n`.repeat(100_000));
      expect(hash.digest('hex')).toBe(expected.digest('hex'));
      await service.stop();
    });
  });

  describe('ends', () => {
    it.each([
      ['with its own code', 'exit 7', { code: 7, signal: null }],
      ['by a crash', 'kill -SEGV $$', { code: null, signal: 'SIGSEGV' }],
    ])('%s', async (_, script, expected) => {
      const service = await start({ script });
      expect(await service.exited).toEqual(expected);
      // Also without a word of whoever started it.
      await vi.waitFor(async () => expect(await containersOf(lab.daemon)).toEqual([]), { timeout: 10_000 });
      expect(await service.stop()).toEqual(expected);
    });

    it('for want of memory, with its limit', async () => {
      const script = `node -e "const a = []; for (;;) a.push(Buffer.alloc(1e6, 1))"`;
      const { cause } = await (await start({ script }, { memory_gib: 0.125 })).exited;
      expect(cause?.class).toBe('out-of-memory');
      expect(cause?.message).toContain('limit of 0.13 GiB');
    });

    it('for want of the program that it is to start', async () => {
      const service = await start({ script: '', container: { entrypoint: ['no-such-program'] } });
      const { code, cause } = await service.exited;
      expect([code, cause?.class]).toEqual([isPodman ? 1 : 127, 'bad-entrypoint']);
      expect(cause?.message).toContain(
        isPodman ? 'No such file or directory' : 'The image engine:1 has no program `no-such-program`.',
      );
    });

    it('when somebody kills it, which has no other cause', async () => {
      const service = await start({ script: FOREVER });
      await ask('POST', `/containers/${factsOf(service).container}/kill`);
      expect(await service.exited).toEqual({ code: null, signal: 'SIGKILL' });
    });

    it('when somebody removes it, and that is its cause', async () => {
      const service = await start({ script: DEAF });
      await logged('up');
      await ask('DELETE', `/containers/${factsOf(service).container}?force=true`);
      expect(await service.exited).toMatchObject({
        signal: 'SIGKILL',
        cause: { class: 'container-removed' },
      });
      expect(logOf(logPath)).toContain('was removed by somebody else');
      await service.stop();
    });
  });

  describe('is stopped', () => {
    it('by a request, which it may follow', async () => {
      const service = await start({ script: FOREVER });
      await logged('up');
      expect(await service.stop()).toEqual({ code: 0, signal: null });
      expect(logOf(logPath)).toBe('up\nbye\n');
      expect(await service.stop()).toEqual({ code: 0, signal: null });
    });

    it('by force, where it does not follow in time', async () => {
      const service = await start({ script: DEAF });
      await logged('up');
      expect(await service.stop(0.2)).toEqual({ code: null, signal: 'SIGKILL' });
    });

    it('after the shortest of the times that it was given', async () => {
      const service = await start({ script: DEAF, spec: { stopGraceS: 10_000 } });
      await logged('up');
      const stopped = service.stop();
      expect(await service.stop(0)).toEqual({ code: null, signal: 'SIGKILL' });
      await stopped;
    });

    it('by an abort', async () => {
      const controller = new AbortController();
      const service = await start({ script: FOREVER }, {}, controller.signal);
      await logged('up');
      controller.abort();
      expect(await service.exited).toEqual({ code: 0, signal: null });
    });

    it('with the volumes that its image asked for', async () => {
      await makeImage('with-volume', 'VOLUME /data');
      const service = await start({ script: FOREVER, container: { image: 'with-volume' } });
      const volumes = async () =>
        z.object({ Volumes: z.array(z.unknown()).nullable() }).parse(await ask('GET', '/volumes')).Volumes ??
        [];
      expect(await volumes()).toHaveLength(1);
      await service.stop();
      expect(await volumes()).toEqual([]);
    });
  });

  describe('that cannot start leaves nothing, and says why:', () => {
    it('an image that is not there', async () => {
      const error = await refusal({ script: '', container: { image: 'nowhere:1' } }, { pull: 'never' });
      expect(error.failureClass).toBe('image-missing');
    });

    it('an image that was removed between two services', async () => {
      const runner = runnerWith({ pull: 'never' });
      const change = { script: FOREVER, logPath, container: { image: 'passing' } };
      await makeImage('passing', 'ENV A=b');
      const request = await requestOf(runner, change);
      await (await runner.start(request, never())).stop(0);
      await ask('DELETE', '/images/passing');
      const error: unknown = await runner.start(request, never()).catch((thrown: unknown) => thrown);
      expect(isLlemError(error) && [error.failureClass, error.message]).toEqual([
        'image-missing',
        matching(/passing .* was removed during the study/),
      ]);
    });

    it('a port that is taken', async () => {
      const runner = runnerWith({ network: 'bridge' });
      const request = await requestOf(runner, { script: FOREVER, logPath });
      const server = createServer().listen(request.spec.target.port, '127.0.0.1');
      await once(server, 'listening');
      const error: unknown = await runner.start(request, never()).catch((thrown: unknown) => thrown);
      server.close();
      expect(isLlemError(error) && error.failureClass).toBe('port-in-use');
    });

    it('a log that cannot be written', async () => {
      logPath = join(lab.dir, 'missing', 'engine.log');
      expect((await refusal({ script: FOREVER })).failureClass).toBe('log-unwritable');
    });
  });

  describe('whose start is aborted leaves nothing', () => {
    it('before', async () => {
      const reason = new Error('no more');
      await expect(start({ script: FOREVER }, {}, AbortSignal.abort(reason))).rejects.toBe(reason);
    });

    it.each([0, 20, 60, 100, 150, 200, 300, 400])('after %i ms', async (ms) => {
      const reason = new Error('no more');
      const controller = new AbortController();
      const starting = start({ script: FOREVER }, {}, controller.signal);
      setTimeout(() => controller.abort(reason), ms);
      const outcome = await starting.then(
        (service) => service.exited,
        (error: unknown) => error,
      );
      if (outcome instanceof Error) expect(outcome).toBe(reason);
    });
  });
});
