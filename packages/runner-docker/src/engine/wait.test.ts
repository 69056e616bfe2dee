/** An engine that is started while somebody waits for it. */
import { createServer } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openEngine } from './client.js';
import { awaitEngine } from './wait.js';

function place() {
  const folder = mkdtempSync(join(tmpdir(), 'llem-wait-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const socket = join(folder, 'engine.sock');
  return { socket, engine: openEngine({ url: `unix://${socket}`, from: 'default', tls: null }) };
}

const never = () => new AbortController().signal;

it('is waited for', async () => {
  const { socket, engine } = place();
  const server = createServer((_, response) => response.end('OK'));
  onTestFinished(() => void server.close());
  const waiting = awaitEngine(await engine, never());
  server.listen(socket);
  await waiting;
});

it('that stays away is told as any that is not there', async () => {
  await expect(awaitEngine(await place().engine, never(), 0)).rejects.toMatchObject({
    code: 'LLEM_E_START',
    failureClass: 'docker-unreachable',
  });
});

it('is not waited for when nobody wants it any more', async () => {
  const controller = new AbortController();
  const waiting = awaitEngine(await place().engine, controller.signal);
  const reason = new Error('no more');
  controller.abort(reason);
  await expect(waiting).rejects.toBe(reason);
});
