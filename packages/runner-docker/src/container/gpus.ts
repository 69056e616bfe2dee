/** GPUs as a container engine is asked for them. Pure. */
import type { VisibleGpus } from '@llem/core';
import type { DeviceRequest } from 'dockerode';
import type { DockerFacts } from '../engine/facts.js';

/** NVIDIA's GPUs as the Container Device Interface names them. */
const CDI = 'nvidia.com/gpu=';

/** What of an engine decides how it is asked. */
export type GpuFacts = Pick<DockerFacts, 'kind' | 'runtimes' | 'cdiDevices'>;

/**
 * Device requests for these GPUs; null asks for all. By the Container Device Interface where that is the only way, else as
 * `docker run --gpus` does.
 */
export function deviceRequests(gpus: VisibleGpus, facts: GpuFacts): DeviceRequest[] {
  if (gpus?.length === 0) return [];
  const named = (gpus ?? ['all']).map((gpu) => `${CDI}${gpu}`);
  if (usesCdi(named, facts)) return [{ Driver: 'cdi', DeviceIDs: named }];
  const how = { Capabilities: [['gpu']] };
  return [gpus === null ? { ...how, Count: -1 } : { ...how, DeviceIDs: [...gpus] }];
}

/** Podman has no other way. Docker has, unless no runtime of NVIDIA is set up; it may then know indices and no UUIDs. */
function usesCdi(named: readonly string[], { kind, runtimes, cdiDevices }: GpuFacts): boolean {
  if (kind === 'podman') return true;
  return !runtimes.includes('nvidia') && named.every((device) => cdiDevices.includes(device));
}

/**
 * For a container that is handed no GPU: images of engines ask for all in NVIDIA_VISIBLE_DEVICES, and NVIDIA's runtime, where it is
 * the default one, would obey (NVIDIA Container Toolkit, "Environment variables": `void` is as without the toolkit).
 */
export function gpuEnvironment(gpus: VisibleGpus): Record<string, string> {
  return gpus?.length === 0 ? { NVIDIA_VISIBLE_DEVICES: 'void' } : {};
}
