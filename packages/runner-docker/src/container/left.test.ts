/** What a start has to wait for, of an engine that keeps a container as long as it is told to. */
import { createServer } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openEngine } from '../engine/client.js';
import { createLeftServices } from './left.js';

// Matchers have the type any.
const containing = (text: string): unknown => expect.stringContaining(text);
const never = () => new AbortController().signal;

/** It removes nothing until it has refused to so often. */
async function stubborn(state: string, refusals: number) {
  const folder = mkdtempSync(join(tmpdir(), 'llem-left-'));
  let left = refusals;
  const server = createServer(({ method }, response) => {
    if (method === 'DELETE') {
      left -= 1;
      response.writeHead(left < 0 ? 204 : 500).end();
    } else response.end(JSON.stringify(left < 0 ? [] : [{ Id: 'a', Names: ['/llem-1'], State: state }]));
  });
  const socket = join(folder, 'engine.sock');
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true });
  });
  return openEngine({ url: `unix://${socket}`, from: 'default', tls: null });
}

it('waits until a container of an earlier run has gone', async () => {
  const left = createLeftServices();
  left.add('one');
  const engine = await stubborn('running', 1);
  await left.awaitGone(engine, never());
  // It is known to have gone.
  await left.awaitGone(
    { ...engine, docker: (await openEngine({ ...engine.address, url: 'unix:///nowhere' })).docker },
    never(),
  );
});

it('lets nothing start beside one that still runs', async () => {
  const left = createLeftServices(0);
  left.add('one');
  await expect(left.awaitGone(await stubborn('running', Infinity), never())).rejects.toMatchObject({
    failureClass: 'container-stuck',
    message: containing('The container llem-1 of an earlier run still runs'),
  });
});

it('does not wait for ever for one that has ended', async () => {
  const left = createLeftServices(0);
  left.add('one');
  await left.awaitGone(await stubborn('dead', Infinity), never());
});
