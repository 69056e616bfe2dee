/** What can be read here: every GPU, the modules that carry them, and for each the calls that answer. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Device, Quantity } from '@llem/core';
import { explainCode, NVML } from './codes.js';
import { describeGpu, type Described } from './facts.js';
import { listGpus, type Gpu, type LostGpu } from './gpus.js';
import type { Handle, Nvml } from './library.js';
import { GPU_COUNTER, gpuSources, MODULE_SOURCES, type Source } from './sources.js';

/** A device and how it is read. */
export interface Metered {
  readonly device: Device;
  readonly handle: Handle;
  /** The sources that answered, one a quantity. */
  readonly chosen: readonly Source[];
  /** All that may answer at some other time. */
  readonly candidates: readonly Source[];
}

export interface MeteredGpu extends Metered {
  readonly gpu: Gpu;
}

export interface Inventory {
  readonly gpus: readonly MeteredGpu[];
  /** Each once, however many of its GPUs tell of it. */
  readonly modules: readonly Metered[];
  readonly lost: readonly LostGpu[];
}

/** `pciRoot` is /sys/bus/pci/devices: which GPUs share a module is known by the memory that they are close to. */
export function takeInventory(nvml: Nvml, pciRoot: string): Inventory {
  const { found, lost } = listGpus(nvml);
  const gpus: MeteredGpu[] = [];
  const modules = new Map<number, Metered>();
  for (const gpu of found) {
    const module = choose(nvml, gpu.handle, MODULE_SOURCES);
    const socket = module.chosen.length > 0 ? numaNodeOf(gpu, pciRoot) : null;
    gpus.push(meterGpu(nvml, gpu, module.chosen, socket));
    if (socket !== null && !modules.has(socket)) modules.set(socket, meterModule(gpu, module, socket));
  }
  return { gpus, modules: [...modules.values()], lost };
}

interface Choice {
  readonly chosen: readonly Source[];
  readonly candidates: readonly Source[];
  readonly reasons: Readonly<Record<string, string>>;
}

/** Of each quantity the first source that gives a value, or why the first one does not. */
function choose(nvml: Nvml, handle: Handle, candidates: readonly Source[]): Choice {
  const out = new Float64Array(1);
  const chosen = new Map<Quantity, Source>();
  const reasons = new Map<Quantity, string>();
  for (const source of candidates) {
    const { quantity } = source;
    if (chosen.has(quantity)) continue;
    const code = source.open(nvml, handle)(out, 0);
    if (code === NVML.ok) chosen.set(quantity, source);
    else if (!reasons.has(quantity)) reasons.set(quantity, `${source.call}: ${explainCode(code)}`);
  }
  for (const quantity of chosen.keys()) reasons.delete(quantity);
  return { chosen: [...chosen.values()], candidates, reasons: Object.fromEntries(reasons) };
}

const AMPERE = 7;
/** Device ids of the GA100 (A100, A800, A30 and their kin) are 20xx (pci-ids.ucw.cz). */
const GA100 = 0x20;
const AVERAGED_MS = 1_000;

/**
 * What nvmlDeviceGetPowerUsage is the mean of: a second from Ampere on, except on GA100, which like older ones gives an instant
 * (NVML API reference). A second where the architecture is not known.
 */
export function averagedMs(architecture: number | null, pciDevice: number | null): number {
  const isOlder = architecture !== null && architecture < AMPERE;
  return isOlder || (pciDevice ?? 0) >>> 8 === GA100 ? 0 : AVERAGED_MS;
}

function meterGpu(nvml: Nvml, gpu: Gpu, module: readonly Source[], socket: number | null): MeteredGpu {
  const described = describeGpu(nvml, gpu);
  const plain = gpuSources(averagedMs(described.architecture, gpu.pciDevice));
  // Where the driver counts the energy of a module too, the plain call may give that: only the field says which it is.
  const hasModuleCounter = module.some(({ quantity }) => quantity === 'energyJ');
  const sources = hasModuleCounter
    ? [GPU_COUNTER, ...plain.filter(({ quantity }) => quantity !== 'energyJ')]
    : plain;
  const choice = choose(nvml, gpu.handle, sources);
  const counter = choice.chosen.find(({ quantity }) => quantity === 'energyJ');
  return {
    gpu,
    handle: gpu.handle,
    ...choice,
    device: {
      id: `gpu:${gpu.uuid}`,
      scope: 'gpu',
      name: gpu.name,
      facts: factsOf(gpu, described, choice.chosen, counterScope(counter, module.length > 0)),
      overlaps: socket === null ? [] : [moduleId(socket)],
      gpu: described.facts,
      reasons: {
        ...described.reasons,
        ...choice.reasons,
        ...(hasModuleCounter && !counter
          ? { energyJ: 'its counter covers the module, which is a device of its own' }
          : {}),
      },
    },
  };
}

/** What a GPU's energy counter covers. */
function counterScope(counter: Source | undefined, onModule: boolean): string | null {
  if (counter === undefined) return null;
  return onModule && counter !== GPU_COUNTER ? 'not told: the GPU, or the module that carries it' : 'gpu';
}

function factsOf(
  gpu: Gpu,
  { architecture, cuda }: Described,
  chosen: readonly Source[],
  scope: string | null,
) {
  return {
    uuid: gpu.uuid,
    pciBusId: gpu.busId,
    architecture,
    cuda,
    counterCovers: scope,
    sources: Object.fromEntries(chosen.map(({ quantity, call }) => [quantity, call])),
  };
}

const moduleId = (socket: number) => `node:nvml-module-${socket}`;

/** Every GPU of a module tells the same of it, so one is asked. */
function meterModule(gpu: Gpu, choice: Choice, socket: number): Metered {
  return {
    handle: gpu.handle,
    ...choice,
    device: {
      id: moduleId(socket),
      scope: 'node',
      name: `Module of ${gpu.name}`,
      facts: { socket, askedOf: gpu.uuid, covers: 'processor, memory, GPUs and losses of the module' },
      overlaps: ['cpu:*', 'dram:*', 'node:hwmon-module-*', 'node:cray'],
      reasons: choice.reasons,
    },
  };
}

/** Null when the kernel does not say: then GPUs of one module could not be told from GPUs of several. */
function numaNodeOf({ busId }: Gpu, pciRoot: string): number | null {
  try {
    const node = Number(readFileSync(join(pciRoot, busId ?? '', 'numa_node'), 'latin1').trim());
    return Number.isInteger(node) && node >= 0 ? node : null;
  } catch {
    return null;
  }
}
