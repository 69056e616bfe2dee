/** Whether the driver of this machine is new enough for the CUDA that an image was made with. A trial. */
import { failed, ok, warning, type Check, type Finding } from '@llem/core';
import type { CudaVersion, GpuProbe } from './gpu-probe.js';
import type { GpuTrial } from './gpu-trial.js';

/** Oldest driver of each major release of CUDA (NVIDIA, "CUDA Compatibility", table of minor version compatibility). */
const OLDEST_DRIVER: Readonly<Record<number, string>> = { 11: '450', 12: '525', 13: '580' };

export const cudaTrial = (trial: GpuTrial): Check => ({
  id: 'docker.cuda',
  title: 'CUDA of the image and of the driver',
  limitMs: trial.limitMs,
  run: async (signal) => {
    const probe = await trial.result(signal).then(
      (result) => result.probe,
      () => null,
    );
    return cudaFinding(trial.image, probe);
  },
});

/**
 * Within a major release a newer image runs on an older driver, with limits: code that is compiled when it is loaded (PTX) is not
 * among what works (same document, "Minor Version Compatibility"). Pure.
 */
export function cudaFinding(image: string, probe: GpuProbe | null): Finding {
  if (probe === null) return ok(`The CUDA of ${image} was not compared: its GPUs could not be seen.`);
  const { imageCuda, driverCuda, driver } = probe;
  if (imageCuda === null) return ok(`${image} does not say which CUDA it has.`);
  if (driverCuda === null)
    return ok(`The driver does not say which CUDA it knows; ${image} has ${text(imageCuda)}.`);
  const both = `${image} has CUDA ${text(imageCuda)}, and the driver of this machine${driver === null ? '' : `, ${driver},`} knows up to ${text(driverCuda)}.`;
  if (imageCuda.major > driverCuda.major) {
    const oldest = OLDEST_DRIVER[imageCuda.major];
    return failed(
      `${both} An engine will not start.`,
      `Update the driver${oldest === undefined ? '' : ` to ${oldest} or newer`}, or choose an image for CUDA ${driverCuda.major} in the option \`image\` of the runner.`,
    );
  }
  if (imageCuda.major === driverCuda.major && imageCuda.minor > driverCuda.minor) {
    return warning(
      `${both} Most of it works; kernels that are compiled when they are loaded do not.`,
      `Update the driver, or choose an image for CUDA ${text(driverCuda)} if the engine fails with "PTX was compiled with an unsupported toolchain".`,
    );
  }
  return ok(both);
}

const text = ({ major, minor }: CudaVersion): string => `${major}.${minor}`;
