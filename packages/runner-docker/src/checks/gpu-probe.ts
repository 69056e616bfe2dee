/** A short container that says which GPUs an image sees, and what its driver can do. */
import { randomBytes } from 'node:crypto';
import { llemError, type ContainerImage, type LlemError, type VisibleGpus } from '@llem/core';
import type { ContainerCreateOptions } from 'dockerode';
import { z } from 'zod';
import { securityOf } from '../container/create.js';
import { deviceRequests } from '../container/gpus.js';
import { ask, type Engine } from '../engine/client.js';
import { causeOf, dockerError } from '../engine/errors.js';
import type { DockerFacts } from '../engine/facts.js';
import { untilAborted } from '../engine/until-aborted.js';

export interface ProbeRequest {
  readonly engine: Engine;
  readonly facts: DockerFacts;
  readonly image: ContainerImage;
  readonly gpus: VisibleGpus;
  /** By which the container is known as one of llem's. */
  readonly labels: Readonly<Record<string, string>>;
}

export interface GpuProbe {
  /** Of its GPUs, in its order. */
  readonly uuids: readonly string[];
  /** `580.95.05`; null where it does not say. */
  readonly driver: string | null;
  /** Newest CUDA that the driver knows, as the container has it: an image may bring a newer user-mode driver. */
  readonly driverCuda: CudaVersion | null;
  /** Null where the image does not say. */
  readonly imageCuda: CudaVersion | null;
}

export interface CudaVersion {
  readonly major: number;
  readonly minor: number;
}

/** For what is left when the answer is there, or nobody waits for it any more. */
const REMOVAL_LIMIT_MS = 10_000;

const imageSchema = z.looseObject({
  Config: z.looseObject({ Env: z.array(z.string()).nullish() }).nullish(),
});

const exitSchema = z.looseObject({ StatusCode: z.number() });

/**
 * Null where there is no `nvidia-smi` in the container. Nothing of it is left. Throws LLEM_E_START of what Docker or NVIDIA say, or the
 * signal's reason.
 */
export async function probeGpus(request: ProbeRequest, signal: AbortSignal): Promise<GpuProbe | null> {
  const { engine, image } = request;
  const inspected = imageSchema.parse(await ask(engine, `/images/${image.id}/json`, signal));
  const output = await runOnce(request, signal);
  return output === null
    ? null
    : { ...readNvidiaSmi(output), imageCuda: cudaOfImage(inspected.Config?.Env ?? []) };
}

/** What `nvidia-smi -q` says there; null where it is not there. */
async function runOnce(request: ProbeRequest, signal: AbortSignal): Promise<string | null> {
  const { engine, image } = request;
  const doing = { image: image.name, address: engine.address };
  const creating = engine.docker.createContainer(createOptions(request)).catch((error: unknown) => {
    throw dockerError(error, { ...doing, doing: 'create' });
  });
  try {
    const container = await untilAborted(creating, signal);
    await untilAborted(container.start(), signal);
    const { StatusCode } = exitSchema.parse(await untilAborted(container.wait(), signal));
    const log = await untilAborted(container.logs({ stdout: true, stderr: true, follow: false }), signal);
    const output = log.toString('utf8');
    // It ends with 6 where it sees no GPU, which is an answer.
    if (StatusCode === 0 || /no devices were found/i.test(output)) return output;
    throw nvidiaSmiError(image.name, output);
  } catch (error) {
    signal.throwIfAborted();
    const cause = causeOf(error, { ...doing, doing: 'start' });
    if (cause.class === 'bad-entrypoint' && isNotFound(error)) return null;
    throw dockerError(error, { ...doing, doing: 'start' });
  } finally {
    // One that is made after all when nobody waits for it any more is removed as well.
    const removed = creating.then(
      (made) => made.remove({ force: true, v: true }),
      () => undefined,
    );
    await untilAborted(removed, AbortSignal.timeout(REMOVAL_LIMIT_MS)).catch(() => undefined);
  }
}

/** Not one that is for other processors, or that may not be executed. */
const isNotFound = (error: unknown): boolean =>
  error instanceof Error && /not found|no such file/i.test(error.message);

function createOptions({ facts, image, gpus, labels }: ProbeRequest): ContainerCreateOptions {
  return {
    name: `llem-gpu-check-${randomBytes(4).toString('hex')}`,
    Image: image.id,
    Entrypoint: ['nvidia-smi'],
    Cmd: ['-q'],
    // Else an image could have the toolkit leave `nvidia-smi` out.
    Env: ['NVIDIA_DRIVER_CAPABILITIES=compute,utility'],
    // One stream, as it was written.
    Tty: true,
    Labels: { ...labels },
    HostConfig: {
      NetworkMode: 'none',
      ...securityOf(facts),
      DeviceRequests: deviceRequests(gpus, facts),
      LogConfig: { Type: 'json-file', Config: {} },
    },
  };
}

function nvidiaSmiError(image: string, output: string): LlemError {
  const words = output.trim().replace(/\s+/g, ' ').slice(0, 300);
  return llemError('LLEM_E_START', `In a container of ${image} \`nvidia-smi\` says: ${words}`, {
    remedy:
      'See whether `nvidia-smi` works on this machine; if it does, restart Docker, else load the driver.',
    failureClass: 'gpu-driver',
  });
}

/** CUDA as the images of NVIDIA say it, and those that are made from them. Pure. */
export function cudaOfImage(env: readonly string[]): CudaVersion | null {
  const value = (name: string) => env.find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1);
  return (
    versionIn(/^(\d+)\.(\d+)/, value('CUDA_VERSION') ?? '') ??
    versionIn(/cuda>=(\d+)\.(\d+)/, value('NVIDIA_REQUIRE_CUDA') ?? '')
  );
}

/**
 * What `nvidia-smi -q` says. Drivers from 610 on have the new names alone where older ones have both, or the old ones ("Version
 * information" of NVIDIA's nvidia-smi documentation). Pure.
 */
export function readNvidiaSmi(output: string): Omit<GpuProbe, 'imageCuda'> {
  const text = output.replace(/\r/g, '');
  return {
    uuids: [...text.matchAll(/^\s*GPU UUID\s*:\s*(\S+)/gm)].map(([, uuid = '']) => uuid),
    driver: /^\s*(?:KMD|Driver) Version\s*:\s*(\d[\d.]*)/m.exec(text)?.[1] ?? null,
    driverCuda:
      versionIn(/^\s*CUDA UMD Version\s*:\s*(\d+)\.(\d+)/m, text) ??
      versionIn(/^\s*CUDA Version\s*:\s*(\d+)\.(\d+)/m, text),
  };
}

function versionIn(pattern: RegExp, text: string): CudaVersion | null {
  const match = pattern.exec(text);
  return match && { major: Number(match[1]), minor: Number(match[2]) };
}
