/** The whole start in an image, as it is to be: read it when it changes. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInstance, type Backend, type Experiment, type VisibleGpus } from '@llem/core';
import { describe, expect, test } from 'vitest';
import * as plugin from './backend.js';
import { artifacts, experimentWith } from './experiment.fixture.js';

const make = (settings: object): Backend =>
  createInstance('backend', 'llamacpp', plugin, { cacheDir: join(tmpdir(), 'unused') }, settings);

const GPU = 'GPU-11111111-2222-3333-4444-555555555555';
const specOf = (
  settings: object,
  image: string | null,
  { devices = null, gpus = [] }: { devices?: Experiment['devices']; gpus?: VisibleGpus } = {},
) =>
  make(settings).service(
    experimentWith({}, devices),
    artifacts,
    { host: '127.0.0.1', port: 8123, container: { image } },
    gpus,
  );

const model = { source: '/models/a.gguf', target: '/models/a.gguf', readOnly: true, create: false };

describe('the embedded engine', () => {
  test('is the one that the image has in its PATH, and gets the model file and no GPU', () => {
    expect(specOf({ threads: 2 }, 'mine/llamacpp:1', { gpus: null })).toEqual({
      target: { host: '127.0.0.1', port: 8123, container: { image: 'mine/llamacpp:1' } },
      readiness: { path: '/health', intervalMs: 50 },
      stopGraceS: 10,
      env: {},
      command: [
        '--model=/models/a.gguf',
        '--alias=llem/tiny-1m',
        '--host=127.0.0.1',
        '--port=8123',
        '--threads=2',
        '--sequences=8',
        '--context=256',
        '--batch-size=512',
        '--flash-attention=auto',
        '--kv-type-k=f16',
        '--kv-type-v=f16',
        '--mmap=1',
      ],
      container: {
        image: 'mine/llamacpp:1',
        entrypoint: ['llem-llamacpp'],
        gpus: [],
        shmBytes: null,
        ipc: 'private',
        ulimits: {},
        mounts: [model],
        passEnv: [],
      },
    });
  });

  test('has no image of its own, and a start without one says what to name', () => {
    expect(make({}).image?.(experimentWith())).toBeNull();
    expect(() => specOf({}, null)).toThrow(
      expect.objectContaining({ code: 'LLEM_E_START', failureClass: 'image-missing' }),
    );
  });
});

describe('a llama-server', () => {
  test('is what the official image begins with, and reads the model of this machine', () => {
    const { command, env, container } = specOf({ executable: 'llama-server', mmap: false }, null);
    expect(command.slice(0, 8)).toEqual([
      ...['--model', '/models/a.gguf', '--alias', 'llem/tiny-1m'],
      ...['--host', '127.0.0.1', '--port', '8123'],
    ]);
    expect(command).toContain('--device');
    expect(env).toEqual({ LLAMA_ARG_LOAD_MODE: 'none', LLAMA_ARG_MMAP: '0', LLAMA_ARG_NO_MMAP: '1' });
    expect(container).toEqual({
      image: 'ghcr.io/ggml-org/llama.cpp:server-b11151',
      entrypoint: null,
      gpus: [],
      shmBytes: null,
      ipc: 'private',
      ulimits: {},
      mounts: [model],
      passEnv: [],
    });
  });

  test('comes from the image with kernels for GPUs where it is to have some, which are handed over', () => {
    const spec = specOf({ executable: 'llama-server' }, null, { devices: [0], gpus: [GPU] });
    expect(spec.container).toMatchObject({
      image: 'ghcr.io/ggml-org/llama.cpp:server-cuda-b11151',
      gpus: [GPU],
    });
    expect(spec.command).toContain('--gpu-layers');
    // The runner says which GPUs there are in a container: there they have other numbers.
    expect(spec.env).toEqual({});
  });

  test.each([
    ['none', 'server-b11151'],
    [null, 'server-b11151'],
    ['all', 'server-cuda-b11151'],
    [[0, 1], 'server-cuda-b11151'],
  ] as const)('is planned with the image that it starts from, for devices %j', (devices, tag) => {
    const experiment = experimentWith({}, typeof devices === 'object' && devices ? [...devices] : devices);
    const image = make({ executable: 'llama-server' }).image?.(experiment);
    expect(image).toBe(`ghcr.io/ggml-org/llama.cpp:${tag}`);
    expect(specOf({ executable: 'llama-server' }, null, experiment).container?.image).toBe(image);
  });

  test('of another name is the entrypoint, and another image is taken as it is', () => {
    const { command, container } = specOf({ executable: '/opt/llama/llama-server' }, 'mine:2');
    expect(container).toMatchObject({ image: 'mine:2', entrypoint: ['/opt/llama/llama-server'] });
    expect(command[0]).toBe('--model');
  });
});

test('a model that is not known yet asks for no mount', () => {
  const spec = make({ executable: 'llama-server' }).service(
    experimentWith(),
    { ...artifacts, modelRef: '' },
    { host: '127.0.0.1', port: 1, container: { image: null } },
    [],
  );
  expect(spec.container?.mounts).toEqual([]);
});

test('nothing of this machine is looked at for a container', () => {
  expect(make({}).checks('container')).toEqual([]);
  expect(make({ executable: 'nowhere' }).checks('container')).toEqual([]);
});
