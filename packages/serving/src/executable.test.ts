import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { commandFor, executableCheck, findExecutable, virtualEnvironment } from './executable.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llem-executable-'));
  await mkdir(join(folder, 'venv', 'bin'), { recursive: true });
  await writeFile(join(folder, 'venv', 'pyvenv.cfg'), '');
  await writeFile(join(folder, 'venv', 'bin', 'vllm'), '#!/bin/sh\n');
  await chmod(join(folder, 'venv', 'bin', 'vllm'), 0o755);
  await writeFile(join(folder, 'venv', 'bin', 'text'), '');
});
afterAll(() => rm(folder, { recursive: true, force: true }));
afterEach(() => vi.unstubAllEnvs());

const program = () => join(folder, 'venv', 'bin', 'vllm');

it('finds a program by path, by the folder of a virtual environment, and by name in PATH', async () => {
  expect(await findExecutable(program(), 'vllm')).toBe(program());
  expect(await findExecutable(join(folder, 'venv'), 'vllm')).toBe(program());
  vi.stubEnv('PATH', ['/nowhere', join(folder, 'venv', 'bin')].join(delimiter));
  expect(await findExecutable('vllm', 'vllm')).toBe(program());
});

it('finds nothing in what cannot be run', async () => {
  vi.stubEnv('PATH', join(folder, 'venv', 'bin'));
  expect(await findExecutable('text', 'text')).toBeNull();
  expect(await findExecutable(join(folder, 'venv'), 'sglang')).toBeNull();
  expect(await findExecutable(join(folder, 'venv', 'bin'), 'vllm')).toBeNull();
  expect(await findExecutable('/no\0where/vllm', 'vllm')).toBeNull();
});

it('starts the program of a virtual environment with its tools in reach, and any other as it is named', () => {
  vi.stubEnv('PATH', '/usr/bin');
  const command = commandFor(join(folder, 'venv'), 'vllm');
  expect(command).toBe(program());
  expect(virtualEnvironment(command)).toEqual({
    VIRTUAL_ENV: join(folder, 'venv'),
    PATH: [join(folder, 'venv', 'bin'), '/usr/bin'].join(delimiter),
  });
  expect(commandFor('vllm', 'vllm')).toBe('vllm');
  expect(virtualEnvironment('vllm')).toEqual({});
  expect(virtualEnvironment('/opt/bin/vllm')).toEqual({});
});

it('calls an engine that nobody named absent, and one that was named missing', async () => {
  vi.stubEnv('PATH', '/nowhere');
  const find = (named: string) =>
    executableCheck('vllm', named, 'vllm', 'Install vLLM').run(new AbortController().signal);
  expect(await find('vllm')).toMatchObject({ status: 'failed', absent: true });
  const named = await find('/nowhere/venv');
  expect(named).toMatchObject({ status: 'failed', message: 'There is no executable "/nowhere/venv" here.' });
  expect(named.absent).toBeUndefined();
  const text = join(folder, 'venv', 'bin', 'text');
  expect((await find(text)).message).toBe(`"${text}" may not be executed: it lacks the permission.`);
  expect((await find(join(folder, 'venv'))).status).toBe('ok');
});
