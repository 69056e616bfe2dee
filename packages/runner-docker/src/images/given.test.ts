/** Which digests of an image come from a registry, as engines tell it. Recorded from Docker 29.7 and 20.10 and from Podman 5.4. */
import { createServer } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openEngine } from '../engine/client.js';
import { findImage } from './images.js';

const ID = 'sha256:f6f34144b81570fe3ffef9fba73bca2b6fe07c8533638efa26d9edda0ae2f0ea';
const OTHER = `sha256:${'0'.repeat(64)}`;
const HERE = `127.0.0.1:37291/a/b@${ID}`;
const identity = (Repository: string) => ({ Identity: { Pull: [{ Repository }] } });

async function digestOf(name: string, ApiVersion: string, inspected: object): Promise<string | null> {
  const folder = mkdtempSync(join(tmpdir(), 'llem-given-'));
  const server = createServer(({ url }, response) =>
    response.end(JSON.stringify(url === '/version' ? { ApiVersion } : inspected)),
  );
  const socket = join(folder, 'engine.sock');
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  onTestFinished(async () => {
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true });
  });
  const engine = await openEngine({ url: `unix://${socket}`, from: 'default', tls: null });
  return (await findImage(engine, name, new AbortController().signal))?.digest ?? null;
}

it.each([
  ['of Docker 29 that was built here', 'busy:1', '1.55', { Id: ID, RepoDigests: [`busy@${ID}`] }, null],
  [
    'of Docker 29 that was pulled',
    '127.0.0.1:37291/a/b:1',
    '1.55',
    { Id: ID, RepoDigests: [HERE], ...identity('127.0.0.1/a/b') },
    ID,
  ],
  [
    'of Docker 29 that was pulled and named otherwise',
    'other:2',
    '1.55',
    { Id: ID, RepoDigests: [HERE, `other@${ID}`], ...identity('127.0.0.1/a/b') },
    null,
  ],
  [
    'of Docker 29 from Docker Hub',
    'vllm/vllm-openai:v1',
    '1.55',
    { Id: ID, RepoDigests: [`vllm/vllm-openai@${ID}`], ...identity('docker.io/vllm/vllm-openai') },
    ID,
  ],
  ['of Docker 29 without containerd', 'x/y:1', '1.55', { Id: OTHER, RepoDigests: [`x/y@${ID}`] }, ID],
  [
    'of Docker 28 with containerd, which does not tell',
    'busy:1',
    '1.51',
    { Id: ID, RepoDigests: [`busy@${ID}`] },
    ID,
  ],
  ['of Docker 20.10 that was built here', 'busy:1', '1.41', { Id: ID, RepoDigests: [] }, null],
  [
    'of Podman, which does not tell',
    'engine:1',
    '1.41',
    { Id: OTHER, RepoDigests: [`docker.io/library/engine@${ID}`] },
    ID,
  ],
])('an image %s', async (_, name, api, inspected, expected) => {
  expect(await digestOf(name, api, inspected)).toBe(expected);
});
