/** What a container really has: an engine leaves out what its kernel cannot do. */
import type Docker from 'dockerode';
import { z } from 'zod';
import type { NetworkMode } from './network.js';

const inspectedSchema = z.looseObject({
  HostConfig: z.looseObject({
    Memory: z.number().default(0),
    NanoCpus: z.number().default(0),
    ShmSize: z.number().default(0),
    IpcMode: z.string().default(''),
  }),
});

/** Part of a record. */
export interface ContainerLimits {
  readonly network: NetworkMode;
  /** Null where it has no limit of its own. */
  readonly memoryBytes: number | null;
  /** Cores; null where it has no limit of its own. */
  readonly cpus: number | null;
  /** Of /dev/shm; null where that is the host's. */
  readonly shmBytes: number | null;
  readonly ipc: string;
}

/** Rejects with what dockerode throws. */
export async function limitsOf(container: Docker.Container, network: NetworkMode): Promise<ContainerLimits> {
  const { HostConfig } = inspectedSchema.parse(await container.inspect());
  const isHostIpc = HostConfig.IpcMode === 'host';
  return {
    network,
    memoryBytes: HostConfig.Memory || null,
    cpus: HostConfig.NanoCpus / 1e9 || null,
    shmBytes: isHostIpc ? null : HostConfig.ShmSize || null,
    ipc: HostConfig.IpcMode,
  };
}
