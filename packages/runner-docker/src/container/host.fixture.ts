/** An engine, options and a spec as tests of containers need them. */
import type { ContainerSpec, ServiceSpec } from '@llem/core';
import type { EngineAddress } from '../engine/address.js';
import type { DockerFacts } from '../engine/facts.js';
import { optionsSchema, type DockerOptions } from '../options.js';

export const ADDRESS: EngineAddress = { url: 'unix:///var/run/docker.sock', from: 'default', tls: null };

export const FACTS: DockerFacts = {
  kind: 'docker',
  version: '29.0.0',
  apiVersion: '1.52',
  os: 'linux',
  arch: 'amd64',
  kernel: '6.8.0',
  name: 'node1',
  rootDir: '/var/lib/docker',
  imageFolders: ['/var/lib/docker'],
  isRootless: false,
  usesSelinux: false,
  isDesktop: false,
  isLocal: true,
  runtimes: ['runc'],
  limits: { memory: true, cpus: true },
  cdiDevices: [],
};

export const dockerOptions = (written: object = {}): DockerOptions => optionsSchema.parse(written);

export const containerSpec = (change: Partial<ContainerSpec> = {}): ContainerSpec => ({
  image: 'engine:1',
  entrypoint: null,
  gpus: [],
  shmBytes: null,
  ipc: 'private',
  ulimits: {},
  mounts: [],
  passEnv: [],
  ...change,
});

export const serviceSpec = (change: Partial<ServiceSpec> = {}): ServiceSpec => ({
  command: ['serve', '--port', '21000'],
  env: {},
  target: { host: '127.0.0.1', port: 21_000, container: { image: null } },
  readiness: { path: '/health', intervalMs: 100 },
  stopGraceS: 10,
  ...change,
});
