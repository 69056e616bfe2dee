/** Ports that an engine can be told to listen on. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { freePort, LOOPBACK, loopbackCheck } from './port.js';

it('gives a port of the loopback interface that can be listened on', async () => {
  const server = createServer().listen(await freePort(), LOOPBACK);
  await once(server, 'listening');
  server.close();
});

it('keeps out of the ports that clients are given', async () => {
  const ports = await Promise.all(Array.from({ length: 20 }, () => freePort()));
  expect(ports.every((port) => port < 32_768)).toBe(true);
});

it('finds that this machine has one', async () => {
  const check = loopbackCheck('x.loopback');
  expect(check.id).toBe('x.loopback');
  expect((await check.run(new AbortController().signal)).status).toBe('ok');
});
