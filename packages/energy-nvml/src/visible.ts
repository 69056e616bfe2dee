/** Which GPUs an engine sees: CUDA_VISIBLE_DEVICES, read as the CUDA driver reads it. */
import type { Gpu } from './gpus.js';

export interface Visible<G> {
  /** In the order of the variable, which is the order in which CUDA counts them. */
  readonly gpus: readonly G[];
  /** What is doubtful about the variable, a sentence each. */
  readonly doubts: readonly string[];
}

/**
 * A list of indices and UUIDs, which may be shortened as long as they are unique. The list ends before the first entry that
 * names nothing, as CUDA has it (CUDA C++ Programming Guide, "CUDA Environment Variables"). A MIG instance stands for the GPU
 * that it is part of, since nobody can tell the energy of instances apart; `gpuOfInstance` gives that GPU's UUID.
 *
 * Indices count in the order of the bus with CUDA_DEVICE_ORDER=PCI_BUS_ID. Without, CUDA puts the fastest first, which is the
 * same where all GPUs are alike, and is a doubt where they are not.
 */
export function visibleGpus<G extends Pick<Gpu, 'uuid' | 'name'>>(
  all: readonly G[],
  env: Readonly<Record<string, string | undefined>>,
  gpuOfInstance: (uuid: string) => string | null,
): Visible<G> {
  const list = env['CUDA_VISIBLE_DEVICES'];
  if (list === undefined) return { gpus: all, doubts: [] };
  const gpus: G[] = [];
  const doubts: string[] = [];
  for (const entry of list.split(',').map((each) => each.trim())) {
    const gpu = named(entry, all, gpuOfInstance);
    if (gpu === undefined) {
      // An empty variable, or -1, is the way to say "none".
      if (entry !== '' && entry !== '-1') {
        doubts.push(
          `CUDA_VISIBLE_DEVICES names "${entry}", which is none of the ${all.length} GPUs; CUDA stops there.`,
        );
      }
      break;
    }
    if (/^\d+$/.test(entry) && !sameOrder(all, env['CUDA_DEVICE_ORDER'])) {
      doubts.push(
        `CUDA_VISIBLE_DEVICES counts "${entry}" in an order that is not known: the GPUs differ, and CUDA puts the fastest first.`,
      );
    }
    if (!gpus.includes(gpu)) gpus.push(gpu);
  }
  return { gpus, doubts };
}

function named<G extends Pick<Gpu, 'uuid'>>(
  entry: string,
  all: readonly G[],
  gpuOfInstance: (uuid: string) => string | null,
): G | undefined {
  if (/^\d+$/.test(entry)) return all[Number(entry)];
  // Before driver 470 an instance was MIG-GPU-<UUID of the GPU>/<GPU instance>/<compute instance>.
  const older = /^MIG-(GPU-[^/]+)\//.exec(entry)?.[1];
  const uuid = entry.startsWith('MIG-') ? (older ?? gpuOfInstance(entry)) : entry;
  if (uuid?.startsWith('GPU-') !== true) return undefined;
  const matching = all.filter((gpu) => gpu.uuid.startsWith(uuid));
  return matching.length === 1 ? matching[0] : undefined;
}

function sameOrder(all: readonly Pick<Gpu, 'name'>[], order: string | undefined): boolean {
  return order === 'PCI_BUS_ID' || new Set(all.map(({ name }) => name)).size < 2;
}
