/** The testkit's Docker engine, images and registry, against what they promise. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { get } from 'node:http';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import {
  askDocker,
  embeddedEngineFiles,
  importImage,
  nodeFiles,
  simulatedEngineFiles,
  startDockerDaemon,
  whyNoDocker,
  type DockerDaemon,
} from '../src/docker/index.js';

const refused = whyNoDocker();
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

/** Bridges, control groups, mounts and processes of this machine that are an engine's, in words. */
function tracesOf(folder: string): string[] {
  const processes = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder);
      } catch {
        return false;
      }
    });
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => line.includes(folder));
  return [...processes, ...mounts, ...(existsSync(folder) ? [folder] : [])];
}

const networks = () =>
  readdirSync('/sys/class/net')
    .filter((name) => /^(llem-docker|br-|veth)/.test(name))
    .sort();
const cgroups = () =>
  readdirSync('/sys/fs/cgroup', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.includes('llem-docker'))
    .sort();
const sockets = () => (existsSync('/run/containerd/s') ? readdirSync('/run/containerd/s').sort() : []);

describe.skipIf(refused !== null)(
  refused === null ? 'a Docker engine for tests' : `left out: ${refused}`,
  () => {
    let daemon: DockerDaemon;
    beforeAll(async () => {
      daemon = await startDockerDaemon();
      await importImage(daemon, {
        name: 'node:test',
        files: { ...nodeFiles(), '/etc/greeting': 'good day' },
        env: { SAID: 'a "quoted" $HOME \\ b' },
        labels: { 'io.llem.test': 'yes' },
        workdir: '/etc',
        user: 'nobody',
      });
    });
    afterAll(() => daemon.stop());

    test('runs Node.js as the image says', async () => {
      const script = `console.log(JSON.stringify([process.version, process.env.SAID, process.cwd(), process.getuid(), fs.readFileSync('greeting', 'utf8')]))`;
      expect(JSON.parse(await output(daemon, 'node:test', ['node', '-e', script]))).toEqual([
        process.version,
        'a "quoted" $HOME \\ b',
        '/etc',
        65534,
        'good day',
      ]);
      expect(await output(daemon, 'node:test', ['sh', '-c', 'ls / | wc -l; stat -c %a /tmp'])).toMatch(
        /^\d+\s+1777$/,
      );
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
    ])('runs the simulated engine as %s, on a published port', async (name, command) => {
      await importImage(daemon, { name, files: { ...nodeFiles(), ...simulatedEngineFiles() } });
      const { id, url } = await publish(daemon, name, command);
      await expect.poll(() => statusOf(`${url}/health`), { timeout: 20_000 }).toBe(200);
      await ask(daemon, 'POST', `/containers/${id}/stop`);
      expect((await inspect(daemon, id)).State).toEqual({ Running: false, ExitCode: 0 });
    });

    test('loads the addon of the embedded engine', async () => {
      await importImage(daemon, { name: 'llamacpp', files: { ...nodeFiles(), ...embeddedEngineFiles() } });
      const said: unknown = JSON.parse(await output(daemon, 'llamacpp', ['llem-llamacpp', '--check']));
      expect(said).toMatchObject({ packageName: `@node-llama-cpp/linux-${process.arch}` });
    });

    test('is killed with its containers running, and starts again with its data', async () => {
      const own = await daemonOfTest();
      await importImage(own, { name: 'node', files: nodeFiles() });
      const id = await start(own, { Image: 'node', Cmd: ['sleep', '1000'] });
      const before = own.pid;
      await own.kill();
      await expect(askDocker(own.socketPath, 'GET', '/_ping')).rejects.toThrow('ECONNREFUSED');
      expect(sleeping(), 'the container runs on').toBe(true);
      await own.restart();
      expect(own.pid).not.toBe(before);
      expect((await inspect(own, id)).State.Running).toBe(false);
      expect(await output(own, 'node', ['echo', 'still here'])).toBe('still here');
      await own.restart();
      expect(await output(own, 'node', ['echo', 'again'])).toBe('again');
    });

    test('leaves nothing when it is stopped, dead or alive, nor disturbs another engine', async () => {
      const before = { networks: networks(), cgroups: cgroups(), sockets: sockets() };
      for (const isKilled of [false, true]) {
        const own = await startDockerDaemon();
        try {
          await importImage(own, { name: 'node', files: nodeFiles() });
          await ask(own, 'POST', '/networks/create', { Name: 'another' });
          await start(own, { Image: 'node', Cmd: ['sleep', '1000'] });
          await publish(own, 'node', ['httpd', '-f', '-p', '8000']);
          await start(own, {
            Image: 'node',
            Cmd: ['sleep', '1000'],
            HostConfig: { NetworkMode: 'another', PidMode: 'host' },
          });
          expect(networks().length).toBeGreaterThan(before.networks.length);
          if (isKilled) await own.kill();
        } finally {
          await own.stop();
        }
        expect(tracesOf(dirname(own.socketPath))).toEqual([]);
        expect({ networks: networks(), cgroups: cgroups(), sockets: sockets() }).toEqual(before);
        expect(own.log()).toContain('API listen on');
        await own.stop();
      }
      expect(await output(daemon, 'node:test', ['echo', 'undisturbed'])).toBe('undisturbed');
    });

    test('tells what a wrong flag is, and leaves nothing', async () => {
      await expect(startDockerDaemon({ extraArgs: ['--no-such-flag'] })).rejects.toThrow(
        /unknown flag: --no-such-flag/,
      );
    });
  },
);

/** Whether the `sleep` of a container is a process of this machine. */
const sleeping = () =>
  readdirSync('/proc').some((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8') === 'sleep\x001000\x00';
    } catch {
      return false;
    }
  });
