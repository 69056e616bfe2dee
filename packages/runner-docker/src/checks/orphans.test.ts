/** What is said of left-over containers where the engine does not tell. */
import { expect, it } from 'vitest';
import { ADDRESS, FACTS } from '../container/host.fixture.js';
import { openEngine } from '../engine/client.js';
import { orphansCheck } from './orphans.js';

it('that cannot be told is no reason to stop', async () => {
  const address = { ...ADDRESS, url: 'unix:///nonexistent/docker.sock' };
  const connection = { facts: () => Promise.resolve(FACTS), engine: () => openEngine(address) };
  const { status, message } = await orphansCheck(connection).run(new AbortController().signal);
  expect(status).toBe('warning');
  expect(message).toContain('could not be told. No Docker engine is at unix:///nonexistent/docker.sock');
});
