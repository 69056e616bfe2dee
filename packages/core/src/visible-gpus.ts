/** What an engine is told of the GPUs that it is to see: the variables that CUDA and ROCm read. Pure. */

/**
 * The GPUs that an engine is to see. UUIDs (`GPU-...`), as the harness knows them from its meters; as the study names them
 * where no meter knows a GPU, so that an index is CUDA's in the order of the bus; empty to hide all; null to leave it as it is.
 */
export type VisibleGpus = readonly string[] | null;

/** ROCm's UUIDs are 16 hexadecimal digits (ROCm documentation, "GPU isolation techniques"); CUDA's are longer. */
const OF_ROCM = /^GPU-[0-9a-f]{16}$/i;
/** Names no GPU: both end their list before the first entry that does not (CUDA C++ Programming Guide, "CUDA Environment Variables"). */
const NONE = '-1';

/** Environment variables for an engine. */
export function visibleGpusEnvironment(gpus: VisibleGpus): Record<string, string> {
  if (gpus === null) return {};
  const ofRocm = gpus.filter((gpu) => OF_ROCM.test(gpu));
  const ofCuda = gpus.filter((gpu) => !OF_ROCM.test(gpu));
  return {
    CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
    CUDA_VISIBLE_DEVICES: ofCuda.join(',') || NONE,
    ROCR_VISIBLE_DEVICES: ofRocm.join(',') || NONE,
  };
}
