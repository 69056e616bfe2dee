/** The testkit's Docker engine, images and registry, against what they promise. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { get, request, type IncomingMessage } from 'node:http';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import {
  askDocker,
  engineKind,
  embeddedEngineFiles,
  failureIn,
  gpuFiles,
  importImage,
  nodeFiles,
  shellFiles,
  simulatedEngineFiles,
  simulatedToolkit,
  startDockerDaemon,
  startRegistry,
  whyNoDocker,
  whyNoRegistry,
  type DockerDaemon,
  type Registry,
  type RegistryOptions,
} from '../src/docker/index.js';
import { shimSockets } from '../src/docker/remains.js';

const refused = whyNoDocker();
/** What Podman has not: runtimes by a hook in the PATH, flags of dockerd, containers that end with it. */
const onDocker = test.skipIf(engineKind() === 'podman');
const created = z.object({ Id: z.string() });
const inspected = z.object({
  State: z.object({ Running: z.boolean(), ExitCode: z.number() }),
  NetworkSettings: z.object({
    Ports: z.record(z.string(), z.array(z.object({ HostPort: z.string() })).nullable()),
  }),
});

async function daemonOfTest(): Promise<DockerDaemon> {
  const daemon = await startDockerDaemon();
  onTestFinished(() => daemon.stop());
  return daemon;
}

async function ask(
  daemon: DockerDaemon,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: object,
): Promise<unknown> {
  const answer = await askDocker(daemon.socketPath, method, path, body ? { body } : {});
  if (answer.status >= 400) throw new Error(`${answer.status} ${answer.body}`);
  return answer.body === '' ? null : JSON.parse(answer.body);
}

async function start(daemon: DockerDaemon, settings: object): Promise<string> {
  const { Id } = created.parse(await ask(daemon, 'POST', '/containers/create', settings));
  await ask(daemon, 'POST', `/containers/${Id}/start`);
  return Id;
}

/** Runs a command to its end and returns what it wrote to its terminal. */
async function output(
  daemon: DockerDaemon,
  image: string,
  command: readonly string[],
  more: object = {},
): Promise<string> {
  const id = await start(daemon, { Image: image, Cmd: command, Tty: true, ...more });
  await ask(daemon, 'POST', `/containers/${id}/wait`);
  const { body } = await askDocker(daemon.socketPath, 'GET', `/containers/${id}/logs?stdout=1&stderr=1`);
  await ask(daemon, 'DELETE', `/containers/${id}`);
  return body.trim();
}

const inspect = async (daemon: DockerDaemon, id: string) =>
  inspected.parse(await ask(daemon, 'GET', `/containers/${id}/json`));

/** An HTTP server of the image on a published port of this machine. */
async function publish(
  daemon: DockerDaemon,
  image: string,
  command: readonly string[],
): Promise<{ id: string; url: string }> {
  const id = await start(daemon, {
    Image: image,
    Cmd: command,
    ExposedPorts: { '8000/tcp': {} },
    HostConfig: { Init: true, PortBindings: { '8000/tcp': [{ HostIp: '127.0.0.1', HostPort: '0' }] } },
  });
  const { NetworkSettings } = await inspect(daemon, id);
  return { id, url: `http://127.0.0.1:${NetworkSettings.Ports['8000/tcp']?.[0]?.HostPort ?? ''}` };
}

/**
 * Docker's proxy takes a connection to a port that nobody listens on yet and closes it. A `fetch` of Node.js 20 then waits for ever;
 * this tells the error's code.
 */
const statusOf = (url: string) =>
  new Promise<number | string | undefined>((resolve) => {
    get(url, { agent: false }, (response) => resolve(response.resume().statusCode)).on(
      'error',
      (error: NodeJS.ErrnoException) => resolve(error.code),
    );
  });

/** What of this machine is an engine's, by kind. Others may run beside it. */
function tracesOf({ socketPath }: DockerDaemon): () => Readonly<Record<string, readonly string[]>> {
  const folder = dirname(socketPath);
  const network = readFileSync(join(folder, 'network'), 'utf8');
  const index = network.replace(/\D/g, '');
  const sockets = shimSockets(folder);
  const lines = (text: string, words: RegExp | string) =>
    text.split('\n').filter((line) => line.match(words));
  const containers = containerProcesses(network);
  return () => ({
    processes: [
      ...processes(({ commandLine }) => commandLine.includes(folder)),
      ...containerProcesses(network),
    ],
    containers: containers.filter(
      (pid) => processes((each) => each.pid === pid && each.commandLine !== '').length > 0,
    ),
    mounts: lines(readFileSync('/proc/self/mountinfo', 'utf8'), folder),
    files: [folder].filter((path) => existsSync(path)),
    sockets: sockets.filter((path) => existsSync(path)),
    cgroups: cgroupsOf(network),
    bridges: lines(
      execFileSync('busybox', ['ip', '-o', '-4', 'addr', 'show'], { encoding: 'utf8' }),
      new RegExp(`inet 198\\.1[89]\\.${index}\\.`),
    ),
  });
}

const cgroupsOf = (network: string) =>
  ['', ...readdirSync('/sys/fs/cgroup')]
    .map((controller) => join('/sys/fs/cgroup', controller, network))
    .filter((path) => existsSync(path))
    .flatMap((path) => [
      path,
      ...readdirSync(path, { recursive: true, encoding: 'utf8' }).map((below) => join(path, below)),
    ]);

const containerProcesses = (network: string) =>
  cgroupsOf(network)
    .map((path) => join(path, 'cgroup.procs'))
    .flatMap((path) => (existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : []));

function processes(are: (each: { pid: string; commandLine: string }) => boolean): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return are({ pid, commandLine: readFileSync(`/proc/${pid}/cmdline`, 'utf8') });
    } catch {
      // It has ended meanwhile.
      return false;
    }
  });
}

describe.skipIf(refused !== null)(
  refused === null ? 'a Docker engine for tests' : `left out: ${refused}`,
  () => {
    let daemon: DockerDaemon;
    beforeAll(async () => {
      daemon = await startDockerDaemon();
      await importImage(daemon, {
        name: 'engines:test',
        files: {
          ...nodeFiles(),
          ...simulatedEngineFiles(),
          ...embeddedEngineFiles(),
          '/etc/greeting': 'good day',
        },
        env: { SAID: 'a "quoted" $HOME \\ b' },
        labels: { 'io.llem.test': 'yes' },
        entrypoint: ['/usr/bin/env'],
        cmd: ['node', '--version'],
        workdir: '/etc',
        user: 'nobody',
      });
    });
    afterAll(() => daemon.stop());

    test('runs Node.js as the image says', async () => {
      const script = `console.log(JSON.stringify([process.version, process.env.SAID, process.cwd(), process.getuid(), fs.readFileSync('greeting', 'utf8')]))`;
      expect(JSON.parse(await output(daemon, 'engines:test', ['node', '-e', script]))).toEqual([
        process.version,
        'a "quoted" $HOME \\ b',
        '/etc',
        65534,
        'good day',
      ]);
      expect(await output(daemon, 'engines:test', ['sh', '-c', 'ls / | wc -l; stat -c %a /tmp'])).toMatch(
        /^\d+\s+1777$/,
      );
    });

    test('starts an image with its own command, and has its labels', async () => {
      expect(await output(daemon, 'engines:test', [])).toBe(process.version);
      expect(await ask(daemon, 'GET', '/images/engines:test/json')).toMatchObject({
        Config: { Labels: { 'io.llem.test': 'yes' } },
      });
    });

    test('says what is wrong with an image', async () => {
      await expect(importImage(daemon, { name: 'UPPER', files: {} })).rejects.toThrow(
        /UPPER was not made: .*lowercase/,
      );
    });

    test.each([
      ['vllm', ['vllm', 'serve', 'm', '--host', '0.0.0.0', '--port', '8000']],
      ['sglang', ['sglang', 'serve', '--model-path', 'm', '--host', '0.0.0.0', '--port', '8000']],
      ['trtllm', ['trtllm-serve', 'm', '--host', '0.0.0.0', '--port', '8000']],
      ['llama-server', ['node', '/opt/llem/engine.mjs', '--host', '0.0.0.0', '--port', '8000']],
    ])('runs the simulated engine as %s, on a published port', async (_, command) => {
      const { id, url } = await publish(daemon, 'engines:test', command);
      await expect.poll(() => statusOf(`${url}/health`), { timeout: 20_000 }).toBe(200);
      await ask(daemon, 'POST', `/containers/${id}/stop`);
      expect((await inspect(daemon, id)).State).toEqual({ Running: false, ExitCode: 0 });
    });

    test('loads the addon of the embedded engine', async () => {
      const said: unknown = JSON.parse(await output(daemon, 'engines:test', ['llem-llamacpp', '--check']));
      expect(said).toMatchObject({ packageName: `@node-llama-cpp/linux-${process.arch}` });
    });

    onDocker('is killed with its containers running, and starts again with its data', async () => {
      const own = await daemonOfTest();
      await importImage(own, { name: 'shell', files: shellFiles() });
      // With an init it ends when it is told to.
      const id = await start(own, { Image: 'shell', Cmd: ['sleep', '1000'], HostConfig: { Init: true } });
      const before = own.pid;
      const traces = tracesOf(own);
      await own.kill();
      await expect(askDocker(own.socketPath, 'GET', '/_ping')).rejects.toThrow('ECONNREFUSED');
      expect(traces()['containers'], 'they run on').not.toEqual([]);
      await own.restart();
      expect(own.pid).not.toBe(before);
      expect((await inspect(own, id)).State.Running).toBe(false);
      expect(await output(own, 'shell', ['echo', 'still here'])).toBe('still here');
      await own.restart();
      expect(await output(own, 'shell', ['echo', 'again'])).toBe('again');
    });

    onDocker('leaves nothing when it is stopped, dead or alive, nor disturbs another engine', async () => {
      for (const isKilled of [false, true]) {
        const own = await daemonOfTest();
        await importImage(own, { name: 'shell', files: shellFiles() });
        await ask(own, 'POST', '/networks/create', { Name: 'another' });
        await start(own, { Image: 'shell', Cmd: ['sleep', '1000'] });
        await publish(own, 'shell', ['httpd', '-f', '-p', '8000']);
        const shared = { NetworkMode: 'another', PidMode: 'host' };
        await start(own, { Image: 'shell', Cmd: ['sleep', '1000'], HostConfig: shared });
        const traces = tracesOf(own);
        for (const [kind, some] of Object.entries(traces())) expect([kind, some]).not.toEqual([kind, []]);
        if (isKilled) await own.kill();
        await own.stop();
        for (const [kind, some] of Object.entries(traces())) expect([kind, some]).toEqual([kind, []]);
        expect(own.log()).toContain('API listen on');
        await own.stop();
      }
      expect(await output(daemon, 'engines:test', ['echo', 'undisturbed'])).toBe('undisturbed');
    });

    onDocker('gives containers GPUs with the toolkit, and says what the toolkit says', async () => {
      const toolkit = simulatedToolkit();
      onTestFinished(() => toolkit.remove());
      const own = await startDockerDaemon({ pathPrefix: toolkit.folder });
      onTestFinished(() => own.stop());
      const gpus = { driver: '550.54.15', cuda: '12.4', uuids: ['GPU-aaaa', 'GPU-bbbb', 'GPU-cccc'] };
      await importImage(own, { name: 'gpu', files: { ...shellFiles(), ...gpuFiles(gpus) } });
      const asking = (ids: readonly string[]) => ({
        HostConfig: { DeviceRequests: [{ Driver: '', DeviceIDs: ids, Capabilities: [['gpu']] }] },
      });
      const smi = (query: string, more: object) =>
        output(own, 'gpu', ['sh', '-c', `nvidia-smi ${query} --format=csv,noheader; echo "exit $?"`], more);

      expect(await smi('--query-gpu=uuid', asking(['GPU-cccc', 'GPU-aaaa']))).toBe(
        'GPU-aaaa\r\nGPU-cccc\r\nexit 0',
      );
      expect(await smi('--query-gpu=uuid,driver_version', asking(['1']))).toBe(
        'GPU-bbbb, 550.54.15\r\nexit 0',
      );
      expect(await smi('--query-gpu=uuid', {})).toBe('No devices were found\r\nexit 6');
      const table = (await output(own, 'gpu', ['nvidia-smi'], asking(['all']))).split('\r\n');
      expect(table[2]).toContain('Driver Version: 550.54.15      CUDA Version: 12.4 ');
      expect(table.filter((line) => line.includes('H100'))).toHaveLength(3);
      expect(new Set(table.slice(1).map((line) => line.length))).toEqual(new Set([91]));

      toolkit.set('driver-too-old');
      await expect(smi('', asking(['all']))).rejects.toThrow(
        /nvidia-container-cli: requirement error: unsatisfied condition: cuda>=12\.9, .* cuda container/,
      );
      toolkit.set('no-driver');
      await expect(smi('', asking(['all']))).rejects.toThrow(
        /initialization error: nvml error: driver not loaded/,
      );
      toolkit.set('unknown-device');
      await expect(smi('', asking(['GPU-dddd']))).rejects.toThrow(/device error: GPU-dddd: unknown device/);
      // Another engine of this machine has no toolkit.
      await expect(output(daemon, 'engines:test', ['true'], asking(['all']))).rejects.toThrow(
        /could not select device driver|no known GPU vendor/,
      );
    });

    onDocker('tells what a wrong flag is, and leaves nothing', async () => {
      await expect(startDockerDaemon({ extraArgs: ['--no-such-flag'] })).rejects.toThrow(
        /unknown flag: --no-such-flag/,
      );
    });
  },
);

const noRegistry = refused ?? whyNoRegistry();
describe.skipIf(noRegistry !== null)(
  noRegistry === null ? 'a registry for tests' : `left out: a registry, for ${noRegistry}`,
  () => {
    let daemon: DockerDaemon;
    beforeAll(async () => {
      // One attempt is enough to see what is wrong.
      daemon = await startDockerDaemon({ extraArgs: ['--max-download-attempts', '1'] });
    });
    afterAll(() => daemon.stop());

    /** A registry with an image that the engine has pushed and no longer has. */
    async function withPushed(
      options?: RegistryOptions,
      randomSize = 0,
    ): Promise<{ registry: Registry; name: string }> {
      const registry = await startRegistry(options);
      onTestFinished(() => registry.stop());
      const name = `${registry.host}/some/image:1.0`;
      // An engine does not ask for a layer that it has from another test.
      const content = { '/etc/made-for': name, '/etc/random': randomBytes(randomSize).toString('base64') };
      await importImage(daemon, { name: 'busy', files: { ...shellFiles(), ...content } });
      await registry.push(daemon, 'busy', name);
      await ask(daemon, 'DELETE', `/images/${name}`);
      await ask(daemon, 'DELETE', '/images/busy');

      return { registry, name };
    }

    /** What is wrong with a pull, or null. */
    async function pull(
      name: string,
      headers: Readonly<Record<string, string>> = {},
    ): Promise<string | null> {
      const path = `/images/create?fromImage=${encodeURIComponent(name)}`;
      const { status, body } = await askDocker(daemon.socketPath, 'POST', path, { headers });
      return status === 200 ? failureIn(body) : body;
    }

    test('is pushed to and pulled from', async () => {
      const { name } = await withPushed();
      expect(await pull(name)).toBeNull();
      expect(await output(daemon, name, ['echo', 'pulled'])).toBe('pulled');
      expect(await pull(name.replace('1.0', '2.0'))).toMatch(/not found|manifest unknown/);
    });

    test('has damaged layers', async () => {
      const { registry, name } = await withPushed();
      registry.damage(name, 'changed');
      expect(await pull(name)).toMatch(/verification failed|digest|checksum|gzip|flate/);
    });

    test('has half of a layer', async () => {
      const { registry, name } = await withPushed();
      registry.damage(name, 'truncated');
      expect(await pull(name)).toMatch(/EOF|verification failed|digest|size/);
    });

    test('takes only those who have the password', async () => {
      const auth = { user: 'someone', password: 'of theirs' };
      const { name } = await withPushed({ auth });
      expect(await pull(name)).toMatch(/no basic auth credentials|unauthorized|authorization failed/);
      const credentials = Buffer.from(JSON.stringify({ username: auth.user, password: auth.password }));
      expect(await pull(name, { 'x-registry-auth': credentials.toString('base64url') })).toBeNull();
    });

    onDocker('gives a layer slowly', async () => {
      // Docker 29 tells of a download once a MiB of it is there.
      const { registry, name } = await withPushed({ bytesPerS: 1e6 }, 4e6);
      const path = `/images/create?fromImage=${encodeURIComponent(name)}`;
      const asked = request({
        socketPath: daemon.socketPath,
        method: 'POST',
        path,
        headers: { host: 'docker' },
      });
      const said: string[] = [];
      const ended = new Promise<void>((resolve, reject) => {
        asked.on('error', reject);
        asked.on('response', (response: IncomingMessage) => {
          response.setEncoding('utf8').on('end', resolve);
          response.on('data', (chunk: string) => {
            said.push(chunk);
            // As soon as there is some of it, there is no more of it.
            if (chunk.includes('"Downloading"')) void registry.stop();
          });
        });
      });
      asked.end();
      await ended;
      expect(said.join('')).toContain('"Downloading"');
      expect(failureIn(said.join(''))).not.toBeNull();
    });
  },
);
