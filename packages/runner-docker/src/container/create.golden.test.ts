/** What an engine is asked to make, whole, for specs as backends and studies have them. */
import { describe, expect, it } from 'vitest';
import { createOptions, type Wanted } from './create.js';
import { containerSpec, dockerOptions, FACTS, serviceSpec } from './host.fixture.js';

const owner = {
  pid: 7,
  startTicks: '1',
  bootId: 'b',
  pidNamespace: 'pid:[1]',
  machineId: 'm',
  host: 'node1',
};

const wanted = (change: Partial<Wanted> = {}): Wanted => ({
  mark: { study: 'kv-cache', runId: '001_ab_c1_a1', service: 'uuid', owner },
  spec: serviceSpec(),
  container: containerSpec(),
  options: dockerOptions(),
  facts: FACTS,
  imageId: 'sha256:1234',
  network: 'host',
  env: {},
  ...change,
});

const made = (change?: Partial<Wanted>) => createOptions(wanted(change));
const host = (change?: Partial<Wanted>) => made(change).HostConfig;

it('an engine without anything of its own', () => {
  expect(made()).toEqual({
    Image: 'sha256:1234',
    Cmd: ['serve', '--port', '21000'],
    Env: ['NVIDIA_VISIBLE_DEVICES=void'],
    Labels: {
      'llem.study': 'kv-cache',
      'llem.run': '001_ab_c1_a1',
      'llem.service': 'uuid',
      'llem.owner':
        '{"pid":7,"startTicks":"1","bootId":"b","pidNamespace":"pid:[1]","machineId":"m","host":"node1"}',
    },
    Healthcheck: { Test: ['NONE'] },
    HostConfig: {
      Init: true,
      AutoRemove: false,
      RestartPolicy: { Name: 'no' },
      LogConfig: { Type: 'json-file', Config: { 'max-size': '256m', 'max-file': '2' } },
      NetworkMode: 'host',
      IpcMode: 'private',
      Ulimits: [],
      Mounts: [],
      DeviceRequests: [],
    },
  });
});

it('an engine for GPUs as its backend wants it', () => {
  const container = containerSpec({
    entrypoint: ['vllm', 'serve'],
    gpus: ['GPU-1', 'GPU-2'],
    shmBytes: 16 * 2 ** 30,
    ulimits: { memlock: -1, stack: 67_108_864 },
    mounts: [
      { source: '/models/a:b', target: '/models/a:b', readOnly: true, create: false },
      { source: '/cache', target: '/cache', readOnly: false, create: true },
    ],
    passEnv: ['HF_TOKEN', 'HTTPS_PROXY'],
  });
  expect(
    made({
      container,
      spec: serviceSpec({ env: { DO_NOT_TRACK: '1' } }),
      env: { HF_TOKEN: 'secret', PATH: '/bin' },
    }),
  ).toMatchObject({
    Entrypoint: ['vllm', 'serve'],
    Env: ['DO_NOT_TRACK=1', 'HF_TOKEN=secret'],
    HostConfig: {
      ShmSize: 16 * 2 ** 30,
      Ulimits: [
        { Name: 'memlock', Soft: -1, Hard: -1 },
        { Name: 'stack', Soft: 67_108_864, Hard: 67_108_864 },
      ],
      Mounts: [
        { Type: 'bind', Source: '/models/a:b', Target: '/models/a:b', ReadOnly: true },
        { Type: 'bind', Source: '/cache', Target: '/cache', ReadOnly: false },
      ],
      DeviceRequests: [{ Capabilities: [['gpu']], DeviceIDs: ['GPU-1', 'GPU-2'] }],
    },
  });
});

it('is not held apart from what it is given where SELinux would', () => {
  expect(host({ facts: { ...FACTS, usesSelinux: true } })?.SecurityOpt).toEqual(['label=disable']);
});

it('a network of its own has one port published to loopback', () => {
  expect(made({ network: 'bridge' })).toMatchObject({
    ExposedPorts: { '21000/tcp': {} },
    HostConfig: {
      NetworkMode: 'bridge',
      PortBindings: { '21000/tcp': [{ HostIp: '127.0.0.1', HostPort: '21000' }] },
    },
  });
});

describe('the study', () => {
  it('limits memory without swap, processors and what a process may have', () => {
    const options = dockerOptions({ memory_gib: 1.5, cpus: 0.5, ulimits: { nofile: 1024, memlock: 4096 } });
    expect(host({ options, container: containerSpec({ ulimits: { memlock: -1 } }) })).toMatchObject({
      Memory: 1.5 * 2 ** 30,
      MemorySwap: 1.5 * 2 ** 30,
      NanoCpus: 500_000_000,
      Ulimits: [
        { Name: 'memlock', Soft: 4096, Hard: 4096 },
        { Name: 'nofile', Soft: 1024, Hard: 1024 },
      ],
    });
  });

  it('lifts no limit for a backend where the engine may not, but asks for what it names itself', () => {
    const container = containerSpec({ ulimits: { memlock: -1, stack: 67_108_864 } });
    const facts = { ...FACTS, isRootless: true };
    const stack = { Name: 'stack', Soft: 67_108_864, Hard: 67_108_864 };
    expect(host({ container, facts })?.Ulimits).toEqual([stack]);
    const options = dockerOptions({ ulimits: { memlock: -1 } });
    expect(host({ container, facts, options })?.Ulimits).toEqual([
      stack,
      { Name: 'memlock', Soft: -1, Hard: -1 },
    ]);
  });

  it('names the user', () => {
    expect(made({ options: dockerOptions({ user: '1000:1000' }) }).User).toBe('1000:1000');
  });

  it.each([
    ['1000:1000', ['HOME=/tmp', 'USER=llem']],
    ['1000', ['HOME=/tmp', 'USER=llem']],
    ['0', []],
    ['0:0', []],
    ['app', []],
  ])('gives %s a home and a name where the image need have none', (user, expected) => {
    expect(made({ options: dockerOptions({ user }) }).Env).toEqual([
      ...expected,
      'NVIDIA_VISIBLE_DEVICES=void',
    ]);
  });

  it('has the last word on variables', () => {
    const container = containerSpec({ passEnv: ['A', 'B', 'C'] });
    const options = dockerOptions({ env: { C: 'study' } });
    const env = { B: 'llem', C: 'llem' };
    const spec = serviceSpec({ env: { A: 'backend', B: 'backend', C: 'backend' } });
    expect(made({ container, options, env, spec }).Env).toEqual([
      'A=backend',
      'B=llem',
      'C=study',
      'NVIDIA_VISIBLE_DEVICES=void',
    ]);
  });

  it('puts mounts in the places of those of the backend, read only unless it says otherwise', () => {
    const container = containerSpec({
      mounts: [
        { source: '/a', target: '/cache', readOnly: false, create: true },
        { source: '/b', target: '/models', readOnly: true, create: false },
      ],
    });
    const options = dockerOptions({ mounts: [{ source: '/own', target: '/cache' }] });
    expect(host({ container, options })?.Mounts).toEqual([
      { Type: 'bind', Source: '/b', Target: '/models', ReadOnly: true },
      { Type: 'bind', Source: '/own', Target: '/cache', ReadOnly: true },
    ]);
  });

  it('leaves Podman no time where it is told to remove it by force, which Docker does not take', () => {
    expect(made({ facts: { ...FACTS, kind: 'podman' } }).StopTimeout).toBe(0);
    expect(made({}).StopTimeout).toBeUndefined();
  });

  it.each([
    [
      'a size of /dev/shm has a meaning, so it is its own',
      { shm_gib: 2 },
      { IpcMode: 'private', ShmSize: 2 ** 31 },
    ],
    ["the namespace is the host's", { ipc: 'host' }, { IpcMode: 'host' }],
    ['the namespace is its own', { ipc: 'private' }, { IpcMode: 'private', ShmSize: 1024 }],
  ])('decides on shared memory: %s', (_, written, expected) => {
    const container = containerSpec({ ipc: 'private', shmBytes: 1024 });
    const { IpcMode, ShmSize } = host({ container, options: dockerOptions(written) }) ?? {};
    expect({ IpcMode, ...(ShmSize === undefined ? {} : { ShmSize }) }).toEqual(expected);
  });
});
