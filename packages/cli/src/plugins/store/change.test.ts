import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { addedPlugins } from '../added.js';
import { changeStore } from './change.js';

it('names what cannot be read elsewhere', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'llem-change-'));
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
  const edit = () =>
    Promise.reject(
      Object.assign(new Error('EACCES: denied'), { code: 'EACCES', syscall: 'open', path: '/else/where' }),
    );
  const change = changeStore({ dataDir, command: 'plugins link' }, edit);
  await expect(change).rejects.toThrow(`The plugins in ${dataDir} cannot be changed: EACCES: denied.`);
});

it('of a folder that cannot be had says so, and there is nothing in it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'llem-change-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const dataDir = join(folder, 'llem');
  await symlink('llem', dataDir);
  const edit = () => Promise.reject(new Error('this is not reached'));
  const change = () => changeStore({ dataDir, command: 'plugins link' }, edit);
  await expect(change()).rejects.toMatchObject({ code: 'LLEM_E_INSTALL' });
  await expect(change()).rejects.toThrow(`The plugins in ${dataDir} cannot be changed: ELOOP: `);
  expect(await addedPlugins(dataDir)).toEqual({ packages: [], problems: [] });
});
