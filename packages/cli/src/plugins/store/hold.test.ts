import { mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import { holdStore } from './hold.js';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'llem-hold-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const refusal = () =>
  holdStore(dataDir, 'plugins update').then(
    () => ({ message: 'held', remedy: '' }),
    (error: unknown) =>
      z.object({ code: z.literal('LLEM_E_BUSY'), message: z.string(), remedy: z.string() }).parse(error),
  );

/** As another process would have written it. */
async function heldWith(change: object): Promise<void> {
  await holdStore(dataDir, 'plugins install');
  const path = join(dataDir, 'plugins', '.lock', '1', 'holder.json');
  const holder = z.looseObject({}).parse(JSON.parse(await readFile(path, 'utf8')));
  await writeFile(path, JSON.stringify({ ...holder, ...change }));
}

it('says who is at it, whichever way the folder is named, and is had once that one has ended', async () => {
  const first = await holdStore(dataDir, 'plugins install');
  const busy = `\`llem plugins install\` (pid ${process.pid}, since `;
  expect((await refusal()).message.startsWith(busy)).toBe(true);
  const link = join(await realpath(dataDir), 'link');
  await symlink(dataDir, link);
  await expect(holdStore(link, 'plugins update')).rejects.toMatchObject({ code: 'LLEM_E_BUSY' });
  first.release();
  expect(await refusal()).toMatchObject({ message: 'held' });
});

it('says of a holder on another machine what can be told, and what to do if it is gone', async () => {
  await heldWith({ host: 'node7', bootId: 'another' });
  const { message, remedy } = await refusal();
  expect(message).toContain(`(pid ${process.pid} on node7, since `);
  expect(message).toMatch(/from \S+ it cannot be told whether that still runs\.$/);
  expect(remedy).toContain(`remove ${join(dataDir, 'plugins', '.lock', '1')} first`);
});

it('shows nothing of what somebody else may have written there', async () => {
  await heldWith({ doing: '\u001b[2J' });
  const { message, remedy } = await refusal();
  expect(message).toContain('is damaged');
  expect(remedy).toContain(join(dataDir, 'plugins', '.lock', '1'));
});
