/** Whether GPUs can be measured here, and what to do where they cannot. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { absent, failed, ok, tellsEnergy, warning, type Finding } from '@llem/core';
import { explainCode, NVML } from './codes.js';
import type { Inventory, MeteredGpu } from './inventory.js';
import type { NoSession } from './library.js';
import type { Visible } from './visible.js';

const NVIDIA = '0x10de';
/** Base class of display controllers, among them the "3D controllers" without a display (PCI Code and ID Assignment). */
const DISPLAY = '0x03';

const INSTALL =
  'Install the NVIDIA driver (`nvidia-smi` must work). In a container, start it with the GPUs and its utilities: ' +
  '`docker run --gpus all`, NVIDIA_DRIVER_CAPABILITIES=compute,utility. A library elsewhere is named by LLEM_NVML_LIBRARY.';

/** Without a session. Where the machine has no NVIDIA GPU either, and nobody named a library (`named`), nothing is wrong. */
export function cannotOpen(
  { path: library, named }: { readonly path: string; readonly named: boolean },
  { code, reason }: NoSession,
  pciRoot: string,
): Finding {
  if (code === null && named) {
    return failed(
      `The library that was named cannot be loaded (${library}: ${reason}).`,
      'Correct or unset LLEM_NVML_LIBRARY, and the option `library` of the meter: the driver has it as libnvidia-ml.so.1.',
    );
  }
  if (code === NVML.functionNotFound) {
    return failed(
      `${library} has no nvmlInit_v2: it is not the library of an NVIDIA driver, or of one that is too old.`,
      'Correct LLEM_NVML_LIBRARY or the option `library` of the meter; without them it is libnvidia-ml.so.1.',
    );
  }
  if (code === null || code === NVML.driverNotLoaded) {
    const why = `${library}: ${reason}`;
    if (!hasNvidiaGpu(pciRoot)) return absent(`There is no NVIDIA GPU here (${why}).`, INSTALL);
    return failed(`There is an NVIDIA GPU, and its driver cannot be asked (${why}).`, INSTALL);
  }
  return failed(`The NVIDIA driver cannot be asked through ${library}: ${reason}.`, remedyOf(code));
}

function remedyOf(code: number): string {
  switch (code) {
    case NVML.versionMismatch:
      return 'The driver was updated while it was loaded: restart the machine, or unload and load its kernel modules.';
    case NVML.noPermission:
      return 'Give this user access to /dev/nvidiactl and /dev/nvidia*.';
    default:
      return 'See what `nvidia-smi` says, and the kernel log (`dmesg | grep -i nvrm`).';
  }
}

/** GPUs that are in the machine, whatever their driver says. */
function hasNvidiaGpu(pciRoot: string): boolean {
  try {
    return readdirSync(pciRoot).some((device) => {
      const of = (file: string) => readFileSync(join(pciRoot, device, file), 'latin1').trim();
      return of('vendor') === NVIDIA && of('class').startsWith(DISPLAY);
    });
  } catch {
    return false;
  }
}

/** What is read, GPU by GPU. */
export function readableFinding({ gpus, lost }: Inventory, visible: Visible<MeteredGpu>): Finding {
  const gone = lost.map(({ index, code }) => `GPU ${index}: ${explainCode(code)}`);
  if (gpus.length === 0) {
    if (gone.length === 0) return absent('The NVIDIA driver works and tells of no GPU.', INSTALL);
    return failed(`No GPU can be read. ${gone.join('; ')}.`, remedyOf(lost[0]?.code ?? NVML.noData));
  }
  const troubles = [...gone, ...visible.gpus.flatMap(withoutEnergy)];
  if (troubles.length > 0) {
    const none = visible.gpus.every(({ chosen }) => !chosen.some(tellsEnergy));
    const said = `Not everything can be read. ${troubles.join('; ')}.`;
    const remedy = 'Leave these GPUs out (`devices`), or see what `nvidia-smi -q -d POWER` says of them.';
    return none && visible.gpus.length > 0 ? failed(said, remedy) : warning(said, remedy);
  }
  if (visible.gpus.length === 0) {
    return warning(
      `CUDA_VISIBLE_DEVICES hides all of the ${gpus.length} GPUs.`,
      'Unset it, or name the GPUs that the engine is to use.',
    );
  }
  // As `devices` of a study names them: by their index or their UUID.
  const each = visible.gpus.map(({ gpu }, index) => `${index}: ${gpu.uuid} (${gpu.name})`);
  return ok(`${visible.gpus.length} of ${gpus.length} GPUs: ${each.join(', ')}.`);
}

/** What stands in the way of a GPU's energy, a sentence's part each. */
function withoutEnergy({ device, chosen }: MeteredGpu): string[] {
  if (chosen.some(({ quantity }) => quantity === 'energyJ')) return [];
  const power = chosen.find(({ quantity }) => quantity === 'powerW');
  const why = `${device.id} has no energy counter (${device.reasons?.['energyJ'] ?? 'unknown'})`;
  if (power === undefined) return [`${why} and no power (${device.reasons?.['powerW'] ?? 'unknown'})`];
  return [power.averagedMs === undefined ? why : `${why}; its power is a mean of ${power.averagedMs} ms`];
}

/** Settings with which measuring goes wrong. */
export function settingsFinding(visible: Visible<MeteredGpu>): Finding {
  const named = (which: (gpu: MeteredGpu) => boolean) =>
    visible.gpus.filter(which).map(({ device }) => device.id);
  const partitioned = named(({ device }) => device.gpu?.partitioned === true);
  const forgetful = named(({ device }) => device.gpu?.persistence === false);
  const troubles: (readonly [message: string, remedy: string])[] = visible.doubts.map((doubt) => [
    doubt,
    'Name the GPUs by UUID (`nvidia-smi -L`), or set CUDA_DEVICE_ORDER=PCI_BUS_ID.',
  ]);
  if (partitioned.length > 0) {
    troubles.push([
      `MIG is on (${partitioned.join(', ')}): energy is that of the whole GPU, whoever else uses it.`,
      'For figures that can be published: `sudo nvidia-smi -mig 0`.',
    ]);
  }
  if (forgetful.length > 0) {
    troubles.push([
      `Persistence mode is off (${forgetful.join(', ')}): whenever nobody uses a GPU its driver is unloaded and its counter begins again.`,
      '`sudo nvidia-smi -pm 1`.',
    ]);
  }
  if (troubles.length === 0) return ok('Persistence mode is on, no GPU is partitioned.');
  return warning(
    troubles.map(([message]) => message).join(' '),
    troubles.map(([, remedy]) => remedy).join(' '),
  );
}
