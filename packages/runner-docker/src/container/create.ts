/** What a container is made with: of the backend's spec, the study's options and what the engine is. Pure. */
import type { ContainerMount, ContainerSpec, ServiceSpec } from '@llem/core';
import { LOOPBACK } from '@llem/localhost';
import type { ContainerCreateOptions, HostConfig } from 'dockerode';
import type { Environment } from '../engine/address.js';
import type { DockerFacts } from '../engine/facts.js';
import type { DockerOptions } from '../options.js';
import { deviceRequests, gpuEnvironment, type GpuFacts } from './gpus.js';
import { labelsOf, type ContainerMark } from './labels.js';
import type { NetworkMode } from './network.js';

const GIB = 2 ** 30;
/**
 * What the engine keeps of a log, which llem reads along. It begins a new file beyond that, and engines lose and double lines then while
 * they are read: more than a log has, and little of a disk.
 */
const LOG_KEPT = { 'max-size': '256m', 'max-file': '2' };

export interface Wanted {
  readonly mark: ContainerMark;
  readonly spec: ServiceSpec;
  readonly container: ContainerSpec;
  readonly options: DockerOptions;
  readonly facts: GpuFacts & Pick<DockerFacts, 'isRootless' | 'usesSelinux'>;
  /** `sha256:...` */
  readonly imageId: string;
  readonly network: NetworkMode;
  /** That of llem, of which `passEnv` hands over some. */
  readonly env: Environment;
}

/** Without a name. */
export function createOptions(wanted: Wanted): ContainerCreateOptions {
  const { mark, spec, container, options, imageId } = wanted;
  return {
    Image: imageId,
    ...(container.entrypoint === null ? {} : { Entrypoint: [...container.entrypoint] }),
    Cmd: [...spec.command],
    Env: Object.entries(containerEnvironment(wanted)).map(([variable, value]) => `${variable}=${value}`),
    Labels: labelsOf(mark),
    ...(options.user === undefined ? {} : { User: options.user }),
    // A check that the image brings would have a process started every few seconds, beside what is measured.
    Healthcheck: { Test: ['NONE'] },
    ...stopTimeout(wanted.facts),
    ...publishedPort(wanted).exposed,
    HostConfig: hostConfig(wanted),
  };
}

/** Podman asks what it is told to remove by force to end, and waits for so many seconds, ten by default; Docker kills it. */
const stopTimeout = ({ kind }: GpuFacts): Pick<ContainerCreateOptions, 'StopTimeout'> =>
  kind === 'podman' ? { StopTimeout: 0 } : {};

/**
 * A user by number, whom the image need not know, would have `/` for a home, where nothing can be written, and no name, which Python's
 * `getpass` ends PyTorch's compiler for.
 */
const homeOf = (user: string | undefined): Record<string, string> =>
  user !== undefined && /^(?!0+(:|$))\d+(:|$)/.test(user) ? { HOME: '/tmp', USER: 'llem' } : {};

/** Later ones win: the study has the last word. */
export function containerEnvironment({
  spec,
  container,
  options,
  env,
}: Pick<Wanted, 'spec' | 'container' | 'options' | 'env'>): Record<string, string> {
  const passed = container.passEnv.flatMap((name) => {
    const value = env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...homeOf(options.user),
    ...spec.env,
    ...gpuEnvironment(container.gpus),
    ...Object.fromEntries(passed),
    ...options.env,
  };
}

/** Those of the study take the places of those of the backend. */
export function containerMounts(container: ContainerSpec, options: DockerOptions): ContainerMount[] {
  const own = options.mounts.map(({ source, target, read_only: readOnly }) => ({
    source,
    target,
    readOnly,
    create: false,
  }));
  const taken = new Set(own.map(({ target }) => target));
  return [...container.mounts.filter(({ target }) => !taken.has(target)), ...own];
}

function hostConfig(wanted: Wanted): HostConfig {
  const { container, options, facts, network } = wanted;
  const ulimits = Object.entries({ ...ownUlimits(container, facts), ...options.ulimits });
  return {
    // Of a process that has no parent left, and for signals: the first process of a container ignores those that it has no handler for.
    Init: true,
    AutoRemove: false,
    RestartPolicy: { Name: 'no' },
    LogConfig: { Type: 'json-file', Config: LOG_KEPT },
    NetworkMode: network,
    ...publishedPort(wanted).bound,
    ...sharedMemory(container, options),
    ...limits(options),
    Ulimits: ulimits.map(([name, limit]) => ({ Name: name, Soft: limit, Hard: limit })),
    // Not the short form with colons, which a path may have.
    Mounts: containerMounts(container, options).map(({ source, target, readOnly }) => ({
      Type: 'bind',
      Source: source,
      Target: target,
      ReadOnly: readOnly,
    })),
    ...securityOf(facts),
    DeviceRequests: deviceRequests(container.gpus, facts),
  };
}

/**
 * SELinux lets a container have what carries its label alone: neither folders of the user, which are not to be labelled anew, nor, where
 * they are handed over by CDI, devices.
 */
export const securityOf = ({ usesSelinux }: Pick<DockerFacts, 'usesSelinux'>): HostConfig =>
  usesSelinux ? { SecurityOpt: ['label=disable'] } : {};

/** Of the backend. An engine that is not root may lift no limit, and would not start a container for which it should. */
const ownUlimits = ({ ulimits }: ContainerSpec, { isRootless }: Pick<DockerFacts, 'isRootless'>) =>
  Object.fromEntries(Object.entries(ulimits).filter(([, limit]) => !isRootless || limit !== -1));

/** A size has a meaning in a namespace of its own alone, so that who names one gets that. */
function sharedMemory({ ipc, shmBytes }: ContainerSpec, options: DockerOptions): HostConfig {
  const mode = options.ipc ?? (options.shm_gib === undefined ? ipc : 'private');
  const bytes = options.shm_gib === undefined ? shmBytes : Math.round(options.shm_gib * GIB);
  return { IpcMode: mode, ...(mode === 'host' || bytes === null ? {} : { ShmSize: bytes }) };
}

/** As much swap as memory is none beside it: what swaps is not measured. */
function limits({ memory_gib: memoryGib, cpus }: DockerOptions): HostConfig {
  const bytes = memoryGib === undefined ? null : Math.round(memoryGib * GIB);
  return {
    ...(bytes === null ? {} : { Memory: bytes, MemorySwap: bytes }),
    ...(cpus === undefined ? {} : { NanoCpus: Math.round(cpus * 1e9) }),
  };
}

function publishedPort({ network, spec }: Wanted): {
  exposed: Pick<ContainerCreateOptions, 'ExposedPorts'>;
  bound: HostConfig;
} {
  if (network === 'host') return { exposed: {}, bound: {} };
  const { port } = spec.target;
  const inside = `${port}/tcp`;
  return {
    exposed: { ExposedPorts: { [inside]: {} } },
    bound: { PortBindings: { [inside]: [{ HostIp: LOOPBACK, HostPort: String(port) }] } },
  };
}
