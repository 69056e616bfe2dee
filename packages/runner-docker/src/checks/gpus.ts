/** Whether a container of the very image sees the GPUs that it is to have. A trial. */
import { failed, ok, warning, type Check, type Finding, type VisibleGpus } from '@llem/core';
import { SET_UP_TOOLKIT } from '../engine/causes/gpus.js';
import type { DockerFacts } from '../engine/facts.js';
import type { GpuTrial } from './gpu-trial.js';
import { asFinding } from './finding.js';

export const gpusTrial = (trial: GpuTrial): Check => ({
  id: 'docker.gpus',
  title: 'GPUs in a container',
  limitMs: trial.limitMs,
  run: async (signal) => {
    try {
      const { facts, probe } = await trial.result(signal);
      return probe === null
        ? notVerified(facts, trial.image)
        : seenFinding(trial.image, trial.gpus, probe.uuids);
    } catch (error) {
      return asFinding(error);
    }
  },
});

/** Pure. */
export function seenFinding(image: string, asked: VisibleGpus, seen: readonly string[]): Finding {
  if (seen.length === 0) {
    return failed(`A container of ${image} sees no GPU.`, SET_UP_TOOLKIT);
  }
  // An index, or a part of a GPU, is not told by what `nvidia-smi` lists.
  const whole = asked?.every((gpu) => gpu.startsWith('GPU-')) === true ? asked : null;
  if (whole === null) return ok(`A container of ${image} sees ${listText(seen)}.`);
  const missing = whole.filter((gpu) => !seen.some((uuid) => uuid.startsWith(gpu)));
  if (missing.length > 0) {
    return failed(
      `A container of ${image} was handed ${listText(whole)}, and does not see ${missing.join(', ')}.`,
      'See which GPUs there are, `nvidia-smi -L`, and correct `devices` in the study.',
    );
  }
  const more = seen.filter((uuid) => !whole.some((gpu) => uuid.startsWith(gpu)));
  if (more.length > 0) {
    return failed(
      `A container of ${image} sees GPUs that it was not handed and that would not be billed: ${more.join(', ')}.`,
      'Take `"default-runtime": "nvidia"` out of /etc/docker/daemon.json and restart Docker: that runtime hands over what an image asks for.',
    );
  }
  return ok(`A container of ${image} sees ${listText(seen)}, and no other.`);
}

/** NVIDIA's toolkit brings `nvidia-smi` along. CDI always does, so that Podman has handed over nothing. */
function notVerified({ kind, version }: DockerFacts, image: string): Finding {
  return kind === 'podman'
    ? failed(
        `Podman ${version} hands no GPU to a container of ${image}: releases before 5 ignore such requests of Docker's interface.`,
        'Update Podman, write the list of its devices, `sudo nvidia-ctk cdi generate --output=/etc/cdi/nvidia.yaml`, or use Docker.',
      )
    : warning(
        `Whether a container of ${image} sees its GPUs cannot be told: there is no \`nvidia-smi\` in it.`,
        'Nothing, if the engine finds its GPUs; else see that the NVIDIA Container Toolkit is whole.',
      );
}

const listText = (gpus: readonly string[]): string =>
  gpus.length > 4 ? `${gpus.length} GPUs` : gpus.join(', ');
