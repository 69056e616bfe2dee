/** Which GPUs there are, in the order of their addresses on the bus. */
import { NVML } from './codes.js';
import type { Handle, Nvml } from './library.js';
import { askNumber, askText, handleIn, textIn } from './words.js';

export interface Gpu {
  /** `GPU-...`; whatever else is counted may change with a reboot or an environment variable. */
  readonly uuid: string;
  readonly handle: Handle;
  readonly name: string;
  /** `0000:1b:00.0`, as the kernel writes it; null when unknown. */
  readonly busId: string | null;
  /** PCI device id; null when unknown. */
  readonly pciDevice: number | null;
}

/** A GPU that the driver counts and does not let us look at. */
export interface LostGpu {
  /** Of NVML. */
  readonly index: number;
  readonly code: number;
}

export interface Gpus {
  readonly found: readonly Gpu[];
  readonly lost: readonly LostGpu[];
}

export function listGpus(nvml: Nvml): Gpus {
  const count = askNumber((value) => nvml.nvmlDeviceGetCount_v2(value));
  if (count.value === null) return { found: [], lost: [{ index: 0, code: count.code }] };
  const found: Gpu[] = [];
  const lost: LostGpu[] = [];
  for (let index = 0; index < count.value; index += 1) {
    const gpu = lookAt(nvml, index);
    if ('code' in gpu) lost.push(gpu);
    else found.push(gpu);
  }
  return { found: found.sort(byAddress), lost };
}

function lookAt(nvml: Nvml, index: number): Gpu | LostGpu {
  const device = new Uint32Array(2);
  const code = nvml.nvmlDeviceGetHandleByIndex_v2(index, device);
  if (code !== NVML.ok) return { index, code };
  const handle = handleIn(device);
  const uuid = uuidOf(nvml, handle);
  if (uuid.value === null) return { index, code: uuid.code };
  const name = askText((text, length) => nvml.nvmlDeviceGetName(handle, text, length));
  return { uuid: uuid.value, handle, name: name.value ?? 'NVIDIA GPU', ...addressOf(nvml, handle) };
}

export const uuidOf = (nvml: Nvml, handle: Handle) =>
  askText((text, length) => nvml.nvmlDeviceGetUUID(handle, text, length));

/** nvmlPciInfo_t. */
const PCI = { bytes: 68, ids: 28, busId: 36 } as const;

function addressOf(nvml: Nvml, handle: Handle): Pick<Gpu, 'busId' | 'pciDevice'> {
  const pci = new Uint8Array(PCI.bytes);
  if (nvml.nvmlDeviceGetPciInfo_v3(handle, pci) !== NVML.ok) return { busId: null, pciDevice: null };
  // The driver's domain has eight digits, the kernel's four where they do; the device id is above the vendor's.
  const busId = textIn(pci.subarray(PCI.busId))
    .toLowerCase()
    .replace(/^0000(?=[0-9a-f]{4}:)/, '');
  return { busId, pciDevice: Buffer.from(pci.buffer).readUInt32LE(PCI.ids) >>> 16 };
}

/** Addresses have a fixed width but for domains above ffff, which come last that way too. */
function byAddress(a: Gpu, b: Gpu): number {
  const [left, right] = [a.busId ?? '', b.busId ?? ''];
  return left.length - right.length || (left < right ? -1 : Number(left > right));
}

/** The GPU that a MIG instance is part of, by the instance's UUID; null when there is none. */
export function gpuOfInstance(nvml: Nvml, instanceUuid: string): string | null {
  const device = new Uint32Array(2);
  if (nvml.nvmlDeviceGetHandleByUUID(instanceUuid, device) !== NVML.ok) return null;
  const whole = new Uint32Array(2);
  if (nvml.nvmlDeviceGetDeviceHandleFromMigDeviceHandle(handleIn(device), whole) !== NVML.ok) return null;
  return uuidOf(nvml, handleIn(whole)).value;
}

/** The GPU with a UUID, without a look at any other; null when there is none. */
export function handleOf(nvml: Nvml, uuid: string): Handle | null {
  const device = new Uint32Array(2);
  return nvml.nvmlDeviceGetHandleByUUID(uuid, device) === NVML.ok ? handleIn(device) : null;
}
