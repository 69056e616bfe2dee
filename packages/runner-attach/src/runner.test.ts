/** A server that is used, and lives on. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInstance, type ServiceSpec } from '@llem/core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { endServers, engine } from './address.fixture.js';
import * as plugin from './runner.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llem-attach-'));
});
afterEach(async () => {
  await endServers();
  await rm(folder, { recursive: true, force: true });
});

const make = (settings: object) => createInstance('runner', 'attach', plugin, { cacheDir: '' }, settings);
const request = (path = '/health') => {
  const spec: ServiceSpec = {
    command: ['never-started'],
    env: {},
    target: { host: '127.0.0.1', port: 1 },
    readiness: { path, intervalMs: 1 },
    stopGraceS: 1,
  };
  return { spec, study: 's', logPath: join(folder, 'engine.log'), runId: 'r' };
};

it('nothing is started: the address is handed on, with the names of token and model', async () => {
  const { baseUrl } = await engine({ prefix: '/llm' });
  process.env['ATTACH_TOKEN'] = 's3cret';
  const runner = make({ url: `${baseUrl}/`, token_env: 'ATTACH_TOKEN', served_model: 'mine' });
  expect([runner.place, runner.secrets]).toEqual(['elsewhere', ['ATTACH_TOKEN']]);
  const service = await runner.start(request(), new AbortController().signal);
  delete process.env['ATTACH_TOKEN'];
  expect(service).toMatchObject({
    endpoint: { baseUrl, tokenEnv: 'ATTACH_TOKEN', servedModel: 'mine' },
    readinessPath: '/health',
    facts: {},
  });
  expect(await service.processes()).toBeNull();
  expect(await readFile(join(folder, 'engine.log'), 'utf8')).toContain('did not start this server');
});

it('it has ended for llem once it is not used any more, and lives on', async () => {
  const { baseUrl, ledger } = await engine();
  const runner = make({ url: baseUrl });
  const service = await runner.start(request(), new AbortController().signal);
  let ended = false;
  void service.exited.then(() => {
    ended = true;
  });
  await fetch(`${baseUrl}/health`);
  expect(ended).toBe(false);
  expect(await service.stop()).toEqual({ code: null, signal: null });
  expect(await service.exited).toEqual({ code: null, signal: null });
  expect((await fetch(`${baseUrl}/health`)).status).toBe(200);
  expect(Object.keys(ledger.asked)).toEqual(['GET /health', 'GET /v1/models']);
});

it('an abort ends the use as well', async () => {
  const { baseUrl } = await engine();
  const life = new AbortController();
  const service = await make({ url: baseUrl }).start(request(), life.signal);
  life.abort(new Error('enough'));
  expect(await service.exited).toEqual({ code: null, signal: null });
  await expect(make({ url: baseUrl }).start(request(), life.signal)).rejects.toThrow('enough');
});

it('a server that is not there is told at once', async () => {
  const server = await engine();
  await server.close();
  const start = make({ url: server.baseUrl }).start(request(), new AbortController().signal);
  await expect(start).rejects.toMatchObject({
    code: 'LLEM_E_START',
    failureClass: 'server-unreachable',
    message: `Nothing listens at 127.0.0.1:${server.port} (ECONNREFUSED).`,
  });
});

it.each([
  ['http://10.0.0.7:8000/llm', { host: '10.0.0.7', port: 8_000 }],
  ['https://host.example', { host: 'host.example', port: 443 }],
])('says where %s listens', async (url, target) => {
  expect(await make({ url }).target()).toEqual(target);
});
