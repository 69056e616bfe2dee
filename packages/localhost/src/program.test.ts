/** Whether a program is here. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { findProgram, requireProgram } from './program.js';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'llem-program-'));
  mkdirSync(join(dir, 'folder'));
  writeFileSync(join(dir, 'program'), '');
  writeFileSync(join(dir, 'text'), '');
  chmodSync(join(dir, 'program'), 0o755);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(dir, { recursive: true });
});

it('is found by its name in PATH, or by its path', async () => {
  vi.stubEnv('PATH', `/nowhere:${dir}`);
  expect(await findProgram('program')).toBe(join(dir, 'program'));
  expect(await findProgram(join(dir, 'program'))).toBe(join(dir, 'program'));
  await requireProgram('program');
});

it.each(['folder', 'text', 'missing', 'pro\0gram', ''])('"%s" is none', async (name) => {
  expect(await findProgram(name, dir)).toBeNull();
  expect(await findProgram(join(dir, name))).toBeNull();
});

it('is looked for where an engine is given another PATH', async () => {
  await requireProgram('program', { PATH: dir });
  await expect(requireProgram('sh', { PATH: dir })).rejects.toMatchObject({
    code: 'LLEM_E_START',
    failureClass: 'missing-executable',
  });
});

it.each(['folder', 'text'])(
  '"%s", which is there and cannot be run, is told from what is not',
  async (name) => {
    await expect(requireProgram(name, { PATH: dir })).rejects.toMatchObject({
      code: 'LLEM_E_START',
      failureClass: 'not-executable',
    });
  },
);

it('is found where nobody says where to look', async () => {
  vi.stubEnv('PATH', undefined);
  expect(await findProgram('sh')).toMatch(/^\/(usr\/)?bin\/sh$/);
});
