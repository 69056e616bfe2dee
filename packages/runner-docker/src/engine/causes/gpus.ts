/** Why a container did not get its GPUs: the words of Docker, and of NVIDIA's container toolkit behind it. */
import type { FailureCause } from '@llem/core';
import { engineAt, quoted, type Rule } from './rule.js';

const cause = (failureClass: string, message: string, remedy: string): FailureCause => ({
  class: failureClass,
  message,
  remedy,
});

/** NVIDIA Container Toolkit, "Installing the NVIDIA Container Toolkit" and "Support for Container Device Interface". */
export const SET_UP_TOOLKIT =
  'Install the NVIDIA Container Toolkit, then `sudo nvidia-ctk runtime configure --runtime=docker && sudo systemctl restart docker`; for CDI `sudo nvidia-ctk cdi generate --output=/etc/cdi/nvidia.yaml`.';
const LIST_GPUS = 'See which GPUs there are, `nvidia-smi -L`, and correct `devices` in the study.';

export const GPU_RULES: readonly Rule[] = [
  {
    words:
      /could not select device driver|failed to discover GPU vendor|(?:unknown|invalid) runtime(?: name:| specified) nvidia/i,
    cause: (_, doing) =>
      cause(
        'gpu-toolkit-missing',
        `GPUs cannot be handed to containers: ${engineAt(doing)} has nothing of NVIDIA set up.`,
        SET_UP_TOOLKIT,
      ),
  },
  {
    words:
      /nvidia-container-(?:runtime|cli|toolkit)(?:[\w.-]*)"?: (?:executable file not found|no such file)/i,
    cause: ([words]) =>
      cause('gpu-toolkit-missing', `The NVIDIA Container Toolkit is not whole: ${words}.`, SET_UP_TOOLKIT),
  },
  {
    words: /unresolvable CDI devices? (\S+)|CDI.*unknown device/i,
    cause: ([, named], doing) =>
      named === undefined || /=all\b/.test(named)
        ? cause('gpu-toolkit-missing', `${capital(engineAt(doing))} knows no GPUs by CDI.`, SET_UP_TOOLKIT)
        : cause(
            'gpu-unknown',
            `${capital(engineAt(doing))} does not know the device ${named}.`,
            'Write the list of devices anew: `sudo nvidia-ctk cdi generate --output=/etc/cdi/nvidia.yaml`; `nvidia-ctk cdi list` shows it.',
          ),
  },
  {
    words: /CDI device injection failed/i,
    cause: (_, __, told) =>
      cause(
        'gpu-toolkit-missing',
        `A GPU cannot be handed over by CDI. ${quoted(told)}`,
        'Write the list of devices anew: `sudo nvidia-ctk cdi generate --output=/etc/cdi/nvidia.yaml`.',
      ),
  },
  {
    words: /unsatisfied condition: (.*?)(?:, please update|: unknown|$)/i,
    cause: ([, condition]) =>
      cause(
        'gpu-driver',
        `The NVIDIA driver of this machine is too old for the image, which wants ${condition ?? 'a newer one'}.`,
        'Update the driver, or choose an image for an older CUDA in the option `image` of the runner.',
      ),
  },
  {
    words: /(?:device error: )?(\S+): unknown device/i,
    cause: ([, gpu]) =>
      cause(
        'gpu-unknown',
        `This machine has no GPU ${gpu ?? ''} that a container could be given.`,
        LIST_GPUS,
      ),
  },
  {
    words: /driver\/library version mismatch/i,
    cause: () =>
      cause(
        'gpu-driver',
        'The NVIDIA driver was updated, and the one before is still loaded.',
        'Reboot this machine, or load the new one with no GPU in use.',
      ),
  },
  {
    words:
      /driver not loaded|driver rpc error|nvml error|libnvidia-ml\.so|nvidia-container-cli: initialization error|no NVIDIA GPU|failed to initialize NVML/i,
    cause: (_, __, told) =>
      cause(
        'gpu-driver',
        `The NVIDIA driver of this machine does not work. ${quoted(told)}`,
        'See whether `nvidia-smi` works here; load the driver, `sudo modprobe nvidia`, or install it.',
      ),
  },
  {
    words: /nvidia-container-(?:cli|runtime)/i,
    cause: (_, __, told) =>
      cause(
        'gpu-driver',
        `The NVIDIA Container Toolkit could not hand over a GPU. ${quoted(told)}`,
        'See what `nvidia-container-cli info` says, and update the toolkit.',
      ),
  },
];

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
