/** Whether what is to run in a container can run in one. */
import { failed, ok, type Check, type ServiceSpec } from '@llem/core';

/** ROCm's UUIDs are 16 hexadecimal digits (ROCm documentation, "GPU isolation techniques"). */
const OF_ROCM = /^GPU-[0-9a-f]{16}$/i;

export const specCheck = (specs: readonly ServiceSpec[]): Check => ({
  id: 'docker.spec',
  title: 'Engines in containers',
  run: () => {
    const outside = specs.find(({ container }) => container === undefined);
    if (outside) {
      return Promise.resolve(
        failed(
          `The backend that starts \`${outside.command[0]}\` cannot run in a container.`,
          'Give its experiments the runner `local`.',
        ),
      );
    }
    const amd = specs.flatMap(({ container }) => container?.gpus ?? []).find((gpu) => OF_ROCM.test(gpu));
    if (amd !== undefined) {
      return Promise.resolve(
        failed(
          `${amd} is a GPU of AMD, and llem hands GPUs of NVIDIA alone to containers.`,
          'Give its experiments the runner `local`, or start the server yourself and use the runner `attach`.',
        ),
      );
    }
    return Promise.resolve(ok('Every engine can run in a container.'));
  },
});
