/** What is kept of the log of a container, by an engine that sends it as it is told. */
import { createServer } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openEngine } from '../engine/client.js';
import { openLog } from './log.js';

const STDERR = 2;

function frame(stream: number, text: string): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt8(stream, 0);
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

async function lastWordsOf(frames: readonly Buffer[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'llem-log-'));
  const server = createServer((_, response) => response.end(Buffer.concat(frames)));
  const socket = join(folder, 'engine.sock');
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  const log = await openLog(join(folder, 'engine.log'), []);
  onTestFinished(async () => {
    await log.close();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true });
  });
  const { docker } = await openEngine({ url: `unix://${socket}`, from: 'default', tls: null });
  await log.follow(docker.getContainer('a'), new AbortController().signal);
  return log.lastWords();
}

it('has a last line whole that came in parts, as from Podman 5.8', async () => {
  const parts = ['ERROR (catatonit:2): ', 'failed to exec pid1: Permission denied', '\n'];
  expect(await lastWordsOf(parts.map((part) => frame(STDERR, part)))).toBe(parts.join(''));
});

it('has no more than the end', async () => {
  expect(await lastWordsOf([frame(STDERR, 'x'.repeat(5_000)), frame(STDERR, 'the end')])).toHaveLength(1_024);
});
