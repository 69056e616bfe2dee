/** What a look at real servers finds, and what there is in place of one. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { selfSignedPair } from '@llem/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { endServers, engine, httpServer, tcpServer } from './address.fixture.js';
import { lookAt } from './look.js';
import type { AttachOptions } from './options.js';

afterEach(async () => {
  await endServers();
  delete process.env['LOOK_TOKEN'];
});

const { signal } = new AbortController();
const look = (url: string, more: Partial<AttachOptions> = {}) => lookAt({ url, ...more }, '/health', signal);

async function troubleAt(url: string, more: Partial<AttachOptions> = {}) {
  const found = await look(url, more);
  if (!('cause' in found)) throw new Error('there is a server');
  return found.cause;
}

describe('a server', () => {
  it('that is ready tells its models, below a path too', async () => {
    const { baseUrl } = await engine({ prefix: '/gateway/llm', model: 'my-model' });
    expect(await look(baseUrl)).toMatchObject({
      server: {
        readinessPath: '/health',
        isReady: true,
        status: 200,
        models: [{ id: 'my-model', root: null }],
      },
    });
  });

  it('that loads its model is there, and not ready', async () => {
    const { baseUrl } = await engine({ faults: { 'hang-at-start': true } });
    expect(await look(baseUrl)).toMatchObject({ server: { isReady: false, status: 503, models: null } });
  });

  it('whose gateway lets nothing but the interface through is asked there', async () => {
    const url = await httpServer((request, response) =>
      request.url === '/v1/models' ? response.end('[]') : response.writeHead(404).end(),
    );
    expect(await look(url)).toMatchObject({
      server: { readinessPath: '/v1/models', isReady: true, models: null },
    });
  });

  it('is not heard to the end where its answer has none', async () => {
    const url = await httpServer((_, response) => response.write(Buffer.alloc(2 ** 23, 'x')));
    expect(await look(url)).toMatchObject({ server: { isReady: true, status: 200, models: null } });
  });
});

it('a token is taken, refused, wanted or not there, also where it is wanted for the interface alone', async () => {
  const { baseUrl } = await engine({ token: 's3cret' });
  const named = { token_env: 'LOOK_TOKEN' };
  const missing = await troubleAt(baseUrl, named);
  process.env['LOOK_TOKEN'] = 's3cret';
  expect(await look(baseUrl, named)).toMatchObject({ server: { models: [{ id: 'simulated' }] } });
  process.env['LOOK_TOKEN'] = 'wr0ng';
  const wrong = await troubleAt(baseUrl, named);
  process.env['LOOK_TOKEN'] = 'two\nlines';
  const broken = await troubleAt(baseUrl, named);
  const unnamed = await troubleAt(baseUrl);
  const found = [missing, wrong, broken, unnamed];
  expect(found.map((cause) => cause.class)).toEqual([
    'token-missing',
    'token-refused',
    'token-missing',
    'token-refused',
  ]);
  expect(wrong.message).toBe(`${baseUrl}/v1/models does not accept the token in LOOK_TOKEN (HTTP 401).`);
  expect(unnamed.remedy).toContain('token_env');
  expect(JSON.stringify(found)).not.toMatch(/wr0ng|lines/);
});

const answering =
  (status: number, text = '', headers = {}): RequestListener =>
  (_, response) =>
    response.writeHead(status, headers).end(text);

describe('what is no server to be measured', () => {
  it.each<[string, RequestListener, string, RegExp]>([
    [
      'a redirect',
      answering(308, '', { location: 'https://other.example/health?key=s3cret' }),
      'redirected',
      /HTTP 308, https:\/\/other\.example\/health\)/,
    ],
    ['another server', answering(404), 'no-server', /HTTP 404, and HTTP 404 at \/v1\/models/],
    ['a gateway without one', answering(502), 'server-unreachable', /HTTP 502/],
    [
      'a port for https',
      answering(400, 'The plain HTTP request was sent to HTTPS port'),
      'wrong-scheme',
      /speaks https and not http/,
    ],
    ['one that cuts it off', (request) => request.socket.destroy(), 'server-unreachable', /closes the conn/],
  ])('is told: %s', async (_, listener, expected, message) => {
    const cause = await troubleAt(await httpServer(listener));
    expect(cause.class).toBe(expected);
    expect(cause.message).toMatch(message);
    expect(cause.remedy).not.toBe('');
    expect(JSON.stringify(cause)).not.toContain('s3cret');
  });

  it('is told: nobody there, no such name, no HTTP', async () => {
    const gone = await httpServer(answering(200));
    expect((await troubleAt(await tcpServer('220 mail.example ESMTP\r\n'))).class).toBe('no-http');
    const unknown = await troubleAt('http://llem.invalid:8000');
    expect(unknown.class).toMatch(/^(unknown-host|server-unreachable)$/);
    await endServers();
    const refused = await troubleAt(gone);
    expect(refused.class).toBe('server-unreachable');
    expect(refused.message).toContain(`Nothing listens at ${new URL(gone).host}`);
  });

  it('is told: http where https is spoken, and the other way round', async () => {
    const plain = await httpServer(answering(200));
    const secure = await engine({ tls: selfSignedPair() });
    const noTls = await troubleAt(plain.replace('http:', 'https:'));
    expect([noTls.class, noTls.remedy]).toEqual([
      'wrong-scheme',
      `Write ${plain} if it is meant to be asked so.`,
    ]);
    expect((await troubleAt(secure.baseUrl.replace('https:', 'http:'))).remedy).toContain('Write https://');
  });
});

const causeSchema = z.object({ class: z.string(), message: z.string() });
const foundSchema = z.array(z.looseObject({ cause: causeSchema.optional() }));

describe('a certificate', () => {
  it('that nobody trusted has signed is told', async () => {
    const { baseUrl } = await engine({ tls: selfSignedPair() });
    const cause = await troubleAt(baseUrl);
    expect(cause.class).toBe('certificate-untrusted');
    expect(cause.remedy).toContain('NODE_EXTRA_CA_CERTS');
  });

  it('that is trusted is taken, unless it has expired or is for another host', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'llem-look-'));
    try {
      const faults = [{}, { expired: true, host: 'y.example' }, { host: 'x.example' }];
      const pairs = faults.map((fault) => selfSignedPair(fault));
      const engines = await Promise.all(pairs.map((tls) => engine({ tls })));
      const trusted = join(folder, 'ca.pem');
      await writeFile(trusted, pairs.map(({ cert }) => cert).join(''));
      const fixture = fileURLToPath(new URL('./look.fixture.mjs', import.meta.url));
      const urls = engines.map(({ baseUrl }) => baseUrl.replace('127.0.0.1', 'localhost'));
      const { stdout } = await promisify(execFile)(process.execPath, [fixture, ...urls], {
        env: { ...process.env, NODE_EXTRA_CA_CERTS: trusted },
      });
      const found = foundSchema.parse(JSON.parse(stdout));
      expect(found[0]).toMatchObject({ server: { isReady: true } });
      expect(found[1]?.cause?.class).toBe('certificate-expired');
      expect(found[2]?.cause?.class).toBe('certificate-host');
      expect(found[2]?.cause?.message).toContain('x.example');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
