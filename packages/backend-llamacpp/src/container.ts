/** llama.cpp in a container: the embedded engine where an image has it, and a llama-server of the official images or of another one. */
import { isAbsolute } from 'node:path';
import {
  llemError,
  type Artifacts,
  type ContainerSpec,
  type Experiment,
  type ServiceTarget,
  type VisibleGpus,
} from '@llem/core';
import type { LlamacppOptions } from './options.js';

/** The embedded engine in the PATH of an image: what npm makes of `bin` in this package's package.json. */
const EMBEDDED_PROGRAM = 'llem-llamacpp';

/** What a study that means the llama-server of an image names: the images begin with it, and it is not in their PATH. */
const SERVER_OF_THE_IMAGE = 'llama-server';

/** Official images: for processors, and with kernels for CUDA 12. */
const SERVER_IMAGE = 'ghcr.io/ggml-org/llama.cpp:server-b11151';
const CUDA_IMAGE = 'ghcr.io/ggml-org/llama.cpp:server-cuda-b11151';

/** Whether the engine is to compute on GPUs. */
export const usesGpu = ({ devices }: Pick<Experiment, 'devices'>): boolean =>
  devices !== null && devices !== 'none';

/** Pure. Nobody publishes an image of the embedded engine. */
export function defaultImage(options: LlamacppOptions, experiment: Experiment): string | null {
  if (options.executable === null) return null;
  return usesGpu(experiment) ? CUDA_IMAGE : SERVER_IMAGE;
}

/** Pure. Throws LLEM_E_START where nobody has named an image and there is no default. */
export function containerSpec(
  options: LlamacppOptions,
  experiment: Experiment,
  { modelRef }: Artifacts,
  { image: chosen }: NonNullable<ServiceTarget['container']>,
  gpus: VisibleGpus,
): ContainerSpec {
  const image = chosen ?? defaultImage(options, experiment);
  if (image === null) {
    throw llemError('LLEM_E_START', 'There is no image with the embedded engine of llama.cpp.', {
      remedy: `Name one in which \`${EMBEDDED_PROGRAM}\` is installed (docs/docker.md shows how it is made), or a llama-server in llamacpp.executable.`,
      failureClass: 'image-missing',
    });
  }
  return {
    image,
    entrypoint: entrypoint(options),
    gpus,
    shmBytes: null,
    ipc: 'private',
    ulimits: {},
    // At the same path, so that it has the same name in the record and in the engine's own words.
    mounts: isAbsolute(modelRef)
      ? [{ source: modelRef, target: modelRef, readOnly: true, create: false }]
      : [],
    passEnv: [],
  };
}

function entrypoint({ executable }: LlamacppOptions): readonly string[] | null {
  if (executable === null) return [EMBEDDED_PROGRAM];
  return executable === SERVER_OF_THE_IMAGE ? null : [executable];
}
