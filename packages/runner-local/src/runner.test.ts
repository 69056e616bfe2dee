/** The local runner beyond what is asked of every runner. That its services are process groups is tested in `@llem/localhost`. */
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { create, options } from './runner.js';

const runner = create({ cacheDir: tmpdir() }, {});

describe('target', () => {
  it('gives a port of the loopback interface that can be listened on', async () => {
    const { host, port } = await runner.target();
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(port, host, resolve);
    });
    expect(host).toBe('127.0.0.1');
    server.close();
  });
});

it('takes no options', () => {
  expect(options.parse({})).toEqual({ ok: true, value: {} });
  expect(options.parse({ pull: 'always' }).ok).toBe(false);
});

it('passes its checks on this machine', async () => {
  const findings = await Promise.all(
    runner.checks([]).map((check) => check.run(new AbortController().signal)),
  );
  expect(findings.map(({ status }) => status)).toEqual(['ok', 'ok']);
});
