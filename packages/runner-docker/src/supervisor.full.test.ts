/** What a supervisor makes of an engine that is in trouble when llem dies. No Docker: an engine that says what the test wants. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { launchGuard } from './container/guard.js';

/** Longer than a supervisor looks again at an engine that has nothing. */
const TROUBLE_MS = 6_000;

interface FakeEngine {
  readonly url: string;
  readonly removed: () => number;
}

/** Has the container from its `after`th answer to a list on. `hangs`: answers nothing for a while; `refuses`: removes nothing for a while. */
async function startEngine(trouble: 'hangs' | 'refuses', after: number): Promise<FakeEngine> {
  const begun = performance.now();
  let lists = 0;
  let removed = 0;
  const leftMs = () => Math.max(0, begun + TROUBLE_MS - performance.now());
  const server = createServer((request, response) => {
    void (async () => {
      if (trouble === 'hangs') await pause(leftMs());
      if (request.method === 'DELETE') {
        const isRefused = leftMs() > 0;
        if (!isRefused) removed += 1;
        response.writeHead(isRefused ? 500 : 204).end();
        return;
      }
      lists += 1;
      const container = { Id: 'a'.repeat(64), Names: ['/llem-x'], State: 'created' };
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(lists > after && removed === 0 ? [container] : []));
    })();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('It listens at no port.');
  return { url: `tcp://127.0.0.1:${address.port}`, removed: () => removed };
}

it.each(['hangs', 'refuses'] as const)(
  'removes what an engine that %s for a while makes after it has answered that there is nothing',
  async (trouble) => {
    const dir = mkdtempSync(join(tmpdir(), 'llem-supervisor-'));
    const engine = await startEngine(trouble, 3);
    const address = { url: engine.url, from: 'DOCKER_HOST', tls: null };
    const guard = await launchGuard(address, 'd2f1a6f0-0000-4000-8000-000000000000', join(dir, 'engine.log'));
    guard.leave();
    await guard.gone;
    rmSync(dir, { recursive: true });
    expect(engine.removed()).toBe(1);
  },
  30_000,
);
