/** How the end of a container is taken, by an engine that answers as it is told. */
import { createServer, type RequestListener } from 'node:http';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openEngine } from '../engine/client.js';
import { awaitEnd } from './end.js';
import { openLog } from './log.js';

const ID = 'f'.repeat(64);

/** What awaits the end of a container of such an engine. */
async function watched(listener: RequestListener, kind: 'docker' | 'podman' = 'docker') {
  const folder = mkdtempSync(join(tmpdir(), 'llem-end-'));
  const server = createServer(listener);
  const socket = join(folder, 'engine.sock');
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  const logPath = join(folder, 'engine.log');
  const log = await openLog(logPath, []);
  onTestFinished(async () => {
    await log.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true });
  });
  const address = { url: `unix://${socket}`, from: 'default', tls: null } as const;
  const { docker } = await openEngine(address);
  const container = docker.getContainer(ID);
  return {
    id: ID,
    kind,
    docker,
    container,
    log,
    logPath,
    address,
    name: 'llem-1',
    image: 'engine:1',
    memoryBytes: null,
  };
}

const inspected = (state: object) => JSON.stringify({ State: { Running: false, ExitCode: 137, ...state } });
const never = () => new AbortController().signal;

it('is none where the engine answers that it runs on though it was killed', async () => {
  const of = await watched(({ url = '' }, response) => {
    if (url.endsWith('/json')) response.end(inspected({ Running: true }));
  });
  const exit = await awaitEnd(of, AbortSignal.abort());
  expect([exit.code, exit.cause?.class]).toEqual([null, 'container-stuck']);
  expect(exit.cause?.message).toContain('The container llem-1 was killed and still runs');
});

it.each([
  ['what the kernel killed for memory', { OOMKilled: true }, 'out-of-memory'],
  ['what the engine itself says', { Error: 'the shim is gone' }, 'container-start-failed'],
  ['nothing, and is laid to the engine', {}, 'docker-gone'],
])('of an engine that was away for a moment is %s', async (_, state, expected) => {
  let asked = 0;
  const of = await watched(({ url = '', socket }, response) => {
    if (!url.endsWith('/json')) response.end('{}');
    else if ((asked += 1) === 1) socket.destroy();
    else response.end(inspected(state));
  });
  expect((await awaitEnd(of, never())).cause?.class).toBe(expected);
});

it('is told once the log has come, however long that takes, or once nothing more of it comes', async () => {
  const frame = Buffer.from([1, 0, 0, 0, 0, 0, 0, 2, 0x78, 0x0a]);
  const PIECES = 25;
  const log = (isWhole: boolean) =>
    watched(({ url = '' }, response) => {
      if (url.endsWith('/json')) response.end(inspected({ ExitCode: 0 }));
      else if (!url.includes('/logs')) response.end('{}');
      else {
        let sent = 0;
        const timer = setInterval(() => {
          if (sent < PIECES) response.write(frame);
          else if (isWhole) response.end();
          sent += 1;
        }, 20);
        response.on('close', () => clearInterval(timer));
      }
    });
  for (const isWhole of [true, false]) {
    const of = await log(isWhole);
    // Less than all of it takes.
    expect(await awaitEnd(of, never(), 300)).toEqual({ code: 0, signal: null });
    await of.log.close();
    expect(readFileSync(of.logPath, 'utf8')).toBe('x\n'.repeat(PIECES));
  }
});

it.each([
  ['docker', 'true'],
  // It would stop soon after the end again.
  ['podman', null],
] as const)('has the rest of a log that %s stops sending before all of it has come', async (kind, again) => {
  const frame = (stream: number, text: string) =>
    Buffer.concat([Buffer.from([stream, 0, 0, 0, 0, 0, 0, text.length]), Buffer.from(text)]);
  // A line in two parts, as it was half written when it was read; the other stream is behind.
  const early = [frame(1, 'on'), frame(1, 'e\ntw'), frame(2, 'a\n')];
  const all = [frame(2, 'a\nb\n'), frame(1, 'one\n'), frame(1, 'two\n'), frame(1, 'three\n')];
  let asked = 0;
  const of = await watched(({ url = '' }, response) => {
    const { pathname, searchParams } = new URL(url, 'http://docker');
    if (pathname.endsWith('/json')) response.end(inspected({ ExitCode: 0 }));
    else if (!pathname.endsWith('/logs')) response.end('{}');
    else {
      asked += 1;
      const isWhole = asked === 2 && searchParams.get('follow') === again;
      response.end(Buffer.concat(isWhole ? all : early));
    }
  }, kind);
  await awaitEnd(of, never());
  await of.log.close();
  expect(readFileSync(of.logPath, 'utf8')).toBe('one\ntwa\nb\no\nthree\n');
});
