/** Every error that a real engine can be brought to, as people are told it. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { selfSignedPair } from '@llem/testkit';
import {
  engineKind,
  importImage,
  shellFiles,
  startDockerDaemon,
  whyNoDocker,
  type DockerDaemon,
} from '@llem/testkit/docker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deviceRequests } from '../src/container/gpus.js';
import { ask } from '../src/engine/client.js';
import { createConnection, type Connection } from '../src/engine/connection.js';
import { causeIn, connectTo, environmentOf, never, refusal, titled } from './docker.fixture.js';

const refused = whyNoDocker();
const IMAGE = 'engine:1';
/** What Podman has not, takes without a word, or says in words of its own. */
const onDocker = it.skipIf(engineKind() === 'podman');
const run = promisify(execFile);

/** Listens on a port of its own of this machine; closes with the test. */
async function listening(onConnection: Parameters<typeof createServer>[1] = () => undefined) {
  const server: Server = createServer(onConnection).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No port.');
  return {
    port: address.port,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

describe.skipIf(refused !== null)(titled('errors of an engine', refused), () => {
  let daemon: DockerDaemon;
  let connection: Connection;
  let folder = '';
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'llem-docker-errors-'));
    daemon = await startDockerDaemon();
    connection = connectTo(daemon);
    await importImage(daemon, {
      name: IMAGE,
      files: {
        ...shellFiles(),
        '/opt/text': 'no program',
      },
      env: { PATH: '/bin' },
      cmd: ['sleep', '60'],
    });
  });
  afterAll(async () => {
    await daemon.stop();
    rmSync(folder, { recursive: true });
  });

  describe('on the way to it', () => {
    const causeAt = async (host: string, more: object = {}) =>
      causeIn(createConnection(environmentOf({ host }, { ...more })).facts(never()));

    it('where there is no socket', async () => {
      const cause = await causeAt(`unix://${folder}/none.sock`);
      expect(cause.class).toBe('docker-unreachable');
      expect(cause.message).toContain(`unix://${folder}/none.sock (DOCKER_HOST): there is no such socket`);
    });

    it('where an engine was that has been killed, and answers again once it is there again', async () => {
      await using other = await startDockerDaemon();
      const patient = connectTo(other);
      await other.kill();
      expect(await causeIn(patient.facts(never()))).toMatchObject({
        class: 'docker-unreachable',
        message: `No Docker engine answers at ${other.host} (DOCKER_HOST): nothing listens there.`,
      });
      await other.restart();
      expect((await patient.facts(never())).os).toBe('linux');
    });

    it('where this user may not use it', async () => {
      const program = `
        const [url] = process.argv.slice(1);
        const { createConnection } = await import(url);
        await createConnection(process.env).facts(new AbortController().signal).catch(({ failureClass, message, remedy }) =>
          console.log(JSON.stringify({ failureClass, message, remedy })));`;
      const url = new URL('../dist/engine/connection.js', import.meta.url).href;
      const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program, url], {
        env: { ...process.env, DOCKER_HOST: daemon.host },
        uid: 65_534,
        gid: 65_534,
      });
      expect(JSON.parse(stdout)).toMatchObject({
        failureClass: 'docker-permission',
        message: `You may not use the Docker engine at ${daemon.host} (DOCKER_HOST): permission denied.`,
      });
    });

    it('where another program listens', async () => {
      await using other = await listening((socket) => {
        socket.end('SSH-2.0-OpenSSH_9.6\r\n');
        socket.resume();
      });
      await using silent = await listening((socket) => socket.destroy());
      expect((await causeAt(`tcp://127.0.0.1:${other.port}`)).message).toContain('is no Docker engine');
      expect((await causeAt(`tcp://127.0.0.1:${silent.port}`)).message).toContain('ends the connection');
    });

    it('where it is on another machine', async () => {
      for (const host of ['ssh://user@gpu-box', 'tcp://192.0.2.1:2375']) {
        const cause = await causeAt(host);
        expect(cause.class).toBe('docker-remote');
        expect(cause.remedy).toContain('`attach`');
      }
    });

    onDocker('where TLS is spoken on one side alone, or by somebody whom nobody knows', async () => {
      const { key, cert } = selfSignedPair();
      for (const [name, text] of Object.entries({ 'ca.pem': cert, 'key.pem': key, 'cert.pem': cert })) {
        writeFileSync(join(folder, name), text);
      }
      const strangers = join(folder, 'strangers');
      mkdirSync(strangers);
      writeFileSync(join(strangers, 'ca.pem'), selfSignedPair().cert);
      const [plain, tls] = [await freePort(), await freePort()];
      const flags = [
        '--tlscacert',
        join(folder, 'ca.pem'),
        '--tlscert',
        join(folder, 'cert.pem'),
        '--tlskey',
        join(folder, 'key.pem'),
      ];
      await using encrypted = await startDockerDaemon({
        extraArgs: ['--tls', ...flags, '--host', `tcp://127.0.0.1:${tls}`],
      });
      await using open = await startDockerDaemon({
        extraArgs: ['--tls=false', '--host', `tcp://127.0.0.1:${plain}`],
      });
      expect([encrypted.pid, open.pid].every((pid) => pid > 0)).toBe(true);
      const over = (certs: string) => ({ DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: certs });

      const secure = environmentOf({ host: `tcp://127.0.0.1:${tls}` }, over(folder));
      expect((await createConnection(secure).facts(never())).isLocal).toBe(true);
      expect((await causeAt(`tcp://127.0.0.1:${tls}`)).message).toContain('wants TLS');
      expect((await causeAt(`tcp://127.0.0.1:${tls}`, over(strangers))).message).toContain('over TLS');
      expect((await causeAt(`tcp://127.0.0.1:${plain}`, over(folder))).message).toContain('over TLS');
    });

    onDocker('where it does not have the API that is asked for', async () => {
      const engine = await connection.engine();
      const cause = await causeIn(ask(engine, '/v9.99/info', never()), {
        doing: 'reach',
        address: engine.address,
      });
      expect(cause.class).toBe('docker-too-old');
      expect(cause.message).toContain('9.99 is too new');
    });
  });

  describe('of a container that', () => {
    const PORT = { ExposedPorts: { '80/tcp': {} } };
    const withHost = (HostConfig: object, more: object = {}) => ({ Image: IMAGE, HostConfig, ...more });

    it('has no image', async () => {
      const cause = await refusal(connection, { Image: 'nowhere:1' });
      expect(cause).toMatchObject({
        class: 'image-missing',
        message: 'The image nowhere:1 is not on this machine.',
      });
    });

    it('has a name that is taken', async () => {
      const { docker } = await connection.engine();
      const first = await docker.createContainer({ Image: IMAGE, name: 'llem-first' });
      const cause = await refusal(connection, { Image: IMAGE, name: 'llem-first' });
      await first.remove();
      expect(cause.class).toBe('name-conflict');
      expect(cause.remedy).toContain('docker rm -f llem-first');
    });

    it.each([
      ['that is not in the image', ['engine'], 'no program `engine`'],
      ['that is not at its path', ['/opt/engine'], 'no program `/opt/engine`'],
      ['that may not be executed', ['/opt/text'], 'may not execute'],
      ['that is a folder', ['/opt'], 'may not execute'],
    ])('starts a program %s', async (_, Entrypoint, words) => {
      const cause = await refusal(connection, { Image: IMAGE, Entrypoint });
      expect(cause.class).toBe('bad-entrypoint');
      expect(cause.message).toContain(words);
    });

    it('runs as a user that is not in the image', async () => {
      const cause = await refusal(connection, { Image: IMAGE, User: 'somebody' });
      expect(cause.message).toContain('knows no user or group somebody');
    });

    it('listens on a port of another program', async () => {
      await using other = await listening();
      const { port } = other;
      const bound = { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: String(port) }] };
      const cause = await refusal(connection, withHost({ PortBindings: bound }, PORT), { port });
      expect(cause.class).toBe('port-in-use');
      expect(cause.message).toContain(`Port ${port}`);
    });

    it('listens on a port of another container', async () => {
      const { docker } = await connection.engine();
      const port = await freePort();
      const bound = { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: String(port) }] };
      const first = await docker.createContainer(withHost({ PortBindings: bound }, PORT));
      await first.start();
      const cause = await refusal(connection, withHost({ PortBindings: bound }, PORT), { port });
      await first.remove({ force: true });
      expect(cause.class).toBe('port-in-use');
    });

    onDocker(
      'mounts what is not there, or twice to the same place, or a folder where a file is',
      async () => {
        const mount = (Source: string, Target: string) => ({ Type: 'bind', Source, Target });
        const gone = await refusal(connection, withHost({ Mounts: [mount(join(folder, 'gone'), '/x')] }));
        expect(gone.message).toBe(`${join(folder, 'gone')} is to be mounted and is not there.`);
        const twice = await refusal(
          connection,
          withHost({ Mounts: [mount(folder, '/x'), mount(folder, '/x')] }),
        );
        expect(twice.message).toContain('the same place in the container, /x');
        const onto = await refusal(connection, withHost({ Mounts: [mount(folder, '/etc/passwd')] }));
        expect(onto.message).toContain(`${folder} cannot be mounted`);
        expect([gone, twice, onto].map((cause) => cause.class)).toEqual(Array(3).fill('mount-missing'));
      },
    );

    onDocker('has too little memory, or more processors than there are', async () => {
      const little = await refusal(connection, withHost({ Memory: 1_000_000 }));
      expect(little.message).toContain('6MB');
      expect(little.remedy).toContain('`memory_gib`');
      const many = await refusal(connection, withHost({ NanoCpus: 9_000 * 1e9 }));
      expect(many.message).toMatch(/more processors than Docker has, \d+\.\d\d\.$/);
      expect(many.remedy).toContain('`cpus`');
    });

    onDocker('gets a GPU of an engine without the NVIDIA toolkit', async () => {
      const facts = await connection.facts(never());
      for (const gpus of [null, ['GPU-1']]) {
        const cause = await refusal(connection, withHost({ DeviceRequests: deviceRequests(gpus, facts) }));
        expect(cause.class).toBe('gpu-toolkit-missing');
        expect(cause.remedy).toContain('nvidia-ctk runtime configure');
      }
      const runtime = await refusal(connection, withHost({ Runtime: 'nvidia' }));
      expect(runtime.class).toBe('gpu-toolkit-missing');
    });

    onDocker('needs a docker-init that is not there', async () => {
      await using other = await startDockerDaemon({ extraArgs: ['--init-path', '/nowhere/docker-init'] });
      await importImage(other, { name: IMAGE, files: shellFiles(), cmd: ['sleep', '60'] });
      const cause = await refusal(connectTo(other), withHost({ Init: true }));
      expect(cause.message).toContain('`docker-init`');
    });

    it('was removed, or whose engine ends', async () => {
      await using other = await startDockerDaemon();
      await importImage(other, { name: IMAGE, files: shellFiles(), cmd: ['sleep', '60'] });
      const { docker, address } = await connectTo(other).engine();
      const container = await docker.createContainer({ Image: IMAGE });
      await container.start();
      const stream = await container.logs({ follow: true, stdout: true, stderr: true });
      const lost = causeIn(
        once(stream, 'end').then(() => undefined),
        { doing: 'start', address },
      );
      await other.kill();
      expect(await lost).toMatchObject({ class: 'docker-gone' });
      expect(await causeIn(container.stop(), { doing: 'start', address })).toMatchObject({
        class: 'docker-unreachable',
      });
      await other.restart();
      await container.remove({ force: true });
      const removed = await causeIn(container.inspect(), { doing: 'start', address });
      expect(removed.message).toContain('The container of the engine was removed by somebody else');
    });
  });
});

async function freePort(): Promise<number> {
  await using server = await listening();
  return server.port;
}
