/** The simulated engine as a process. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { SIMULATED_LLAMA_SERVER } from '../index.js';

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function start(simulated: object | string, args: readonly string[] = ['--port', '0']) {
  const text = typeof simulated === 'string' ? simulated : JSON.stringify(simulated);
  const env = { ...process.env, LLEM_SIMULATED_ENGINE: text };
  const child = spawn(SIMULATED_LLAMA_SERVER, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  children.push(child);
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    log += chunk;
  });
  const ended = once(child, 'close').then(([code, signal]: unknown[]) => ({ code, signal, log }));
  const listening = new Promise<string>((resolve, reject) => {
    child.stderr.on('data', () => {
      const url = /listening on (\S+)\n/.exec(log)?.[1];
      if (url !== undefined) resolve(url);
    });
    child.once('exit', () => reject(new Error(`it ended before it listened: ${log}`)));
  });
  listening.catch(() => undefined);
  return { child, ended, listening };
}

it('serves under the flags of llama-server and ends cleanly when asked', async () => {
  const args = [
    '-m',
    '/models/a.gguf',
    '--host',
    '127.0.0.1',
    '--port',
    '0',
    '-np',
    '2',
    '--fit',
    'off',
    '--metrics',
  ];
  const engine = start({}, args);
  const response = await fetch(`${await engine.listening}/props`);
  expect(await response.json()).toMatchObject({ total_slots: 2, model_path: '/models/a.gguf' });
  engine.child.kill('SIGTERM');
  expect(await engine.ended).toMatchObject({ code: 0 });
});

it('ends with the code of exit-at-start, and a line that says why', async () => {
  const { code, log } = await start({ faults: { 'exit-at-start': 3 } }).ended;
  expect([code, log]).toEqual([3, 'error: failed to load model\n']);
});

it('says that its port is taken', async () => {
  const first = start({});
  const { port } = new URL(await first.listening);
  const { code, log } = await start({}, ['--port', port]).ended;
  expect(code).toBe(1);
  expect(log).toContain("couldn't bind HTTP server socket");
});

it('ends with 1 when exit-after-tokens strikes', async () => {
  const engine = start({ ttftMs: 0, itlMs: 0, faults: { 'exit-after-tokens': 5 } });
  const body = JSON.stringify({ prompt: 'a', max_tokens: 100, stream: true });
  const url = `${await engine.listening}/v1/completions`;
  await expect(fetch(url, { method: 'POST', body }).then((answer) => answer.text())).rejects.toThrow();
  expect(await engine.ended).toMatchObject({ code: 1 });
});

it('lives on after SIGTERM where it is told to', async () => {
  const engine = start({ faults: { 'ignore-sigterm': true } });
  const url = await engine.listening;
  const heard = new Promise<void>((resolve) => {
    engine.child.stderr.on('data', (chunk: string) => {
      if (chunk.includes('received SIGTERM')) resolve();
    });
  });
  engine.child.kill('SIGTERM');
  await heard;
  expect((await fetch(`${url}/health`)).status).toBe(200);
  engine.child.kill('SIGKILL');
  expect(await engine.ended).toMatchObject({ signal: 'SIGKILL' });
});

it('floods its log before it serves', async () => {
  const engine = start({ faults: { 'flood-log': 5_000_000 } });
  await engine.listening;
  engine.child.kill('SIGTERM');
  const { log } = await engine.ended;
  expect(log.length).toBeGreaterThan(5_000_000);
});

it.each(['{', '{"faults":{"explode":1}}', '{"slots":0}'])('refuses %s with code 2', async (simulated) => {
  const { code, log } = await start(simulated).ended;
  expect(code).toBe(2);
  expect(log).toContain('LLEM_SIMULATED_ENGINE');
});

it('tells a version', async () => {
  expect(await start({}, ['--version']).ended).toMatchObject({ code: 0, log: 'version: 0 (simulated)\n' });
});

it('closes its port and lives on', async () => {
  const engine = start({ ttftMs: 0, itlMs: 0, faults: { 'close-port-after-tokens': 5 } });
  const url = await engine.listening;
  const body = JSON.stringify({ prompt: 'a', max_tokens: 100, stream: true });
  const answer = fetch(`${url}/v1/completions`, { method: 'POST', body }).then((response) => response.text());
  await expect(answer).rejects.toThrow();
  await expect(fetch(`${url}/health`)).rejects.toThrow();
  expect(engine.child.exitCode).toBeNull();
  engine.child.kill('SIGTERM');
  expect(await engine.ended).toMatchObject({ code: 0 });
});

it('has its faults once, where it is told so', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'llem-engine-'));
  const options = { faults: { 'exit-at-start': 3, once: join(folder, 'failed') } };
  try {
    expect(await start(options).ended).toMatchObject({ code: 3 });
    const second = start(options);
    expect((await fetch(`${await second.listening}/health`)).status).toBe(200);
  } finally {
    await rm(folder, { recursive: true });
  }
});
