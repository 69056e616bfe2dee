/** What NVML's return codes (nvmlReturn_t) mean. */

export const NVML = {
  ok: 0,
  invalidArgument: 2,
  notSupported: 3,
  noPermission: 4,
  insufficientSize: 7,
  driverNotLoaded: 9,
  functionNotFound: 13,
  gpuIsLost: 15,
  versionMismatch: 18,
  noData: 21,
} as const;

/** In words that finish the sentence "it could not be read: ...". */
const WORDS: ReadonlyMap<number, string> = new Map([
  [1, 'NVML is not initialised'],
  [NVML.invalidArgument, 'NVML took an argument for wrong'],
  [NVML.notSupported, 'this GPU does not support it'],
  [NVML.noPermission, 'no permission'],
  [6, 'NVML did not find it'],
  [NVML.insufficientSize, 'NVML had more to tell than there was room for'],
  [8, 'the GPU has no sufficient external power'],
  [NVML.driverNotLoaded, 'the NVIDIA driver is not loaded'],
  [10, 'the driver did not answer in time'],
  [11, 'the driver has a problem with the interrupts of the GPU'],
  [12, 'a library of the driver is missing'],
  [NVML.functionNotFound, 'this version of the driver does not have it'],
  [14, 'the inforom of the GPU is corrupted'],
  [NVML.gpuIsLost, 'the GPU is lost: it fell off the bus or cannot be reached any more'],
  [16, 'the GPU has to be reset'],
  [17, 'the operating system or its control groups keep the GPU from being used'],
  [NVML.versionMismatch, 'driver and library have different versions'],
  [19, 'the GPU is in use'],
  [20, 'NVML is out of memory'],
  [NVML.noData, 'the driver has no value for it'],
  [23, 'the driver is out of resources'],
  [25, 'the driver knows another version of this structure'],
  [26, 'it is deprecated'],
  [27, 'the GPU is not ready'],
  [28, 'no such GPU'],
  [29, 'the GPU is in a state that does not allow it'],
  [999, 'NVML had an internal error'],
]);

export const explainCode = (code: number): string => WORDS.get(code) ?? `NVML error ${code}`;
