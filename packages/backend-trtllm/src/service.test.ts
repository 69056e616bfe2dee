/** What of a service depends on this disk and on the model. */
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Artifacts } from '@llem/core';
import { expect, test } from 'vitest';
import { optionsSchema } from './options.js';
import { serviceSpec } from './service.js';

const target = { host: '127.0.0.1', port: 8123 };
const folders = { cacheDir: '/cache', hubHome: '/hub' };
const artifactsOf = (modelRef: string): Artifacts => ({
  modelRef,
  model: {
    name: 'm',
    revision: 'c0ffee',
    weightsHash: null,
    tokenizerRevision: null,
    randomWeights: false,
    parameters: null,
    contextLength: null,
    promptTokenIds: null,
    tokenizerPath: null,
  },
});

test('the folder of a virtual environment gives its program, and what the program needs to find its tools', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'llem-trtllm-'));
  try {
    await mkdir(join(folder, 'bin'));
    await writeFile(join(folder, 'pyvenv.cfg'), '');
    const options = optionsSchema.parse({ executable: folder });
    const spec = serviceSpec(options, artifactsOf('org/m'), target, null, folders);
    expect(spec.command[0]).toBe(join(folder, 'bin', 'trtllm-serve'));
    expect(spec.env['VIRTUAL_ENV']).toBe(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('a snapshot that is on this disk is loaded from there: its commit is known, and not asked for again', () => {
  const fileOf = (modelRef: string) =>
    serviceSpec(optionsSchema.parse({}), artifactsOf(modelRef), target, null, folders).files?.[0]?.content;
  expect(fileOf('org/m')).toContain('revision: c0ffee');
  expect(fileOf('/hub/snapshots/c0ffee')).not.toContain('revision');
});
