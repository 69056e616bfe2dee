/** A simulated NVML for one test file, and a meter that reads it: through the same native calls as on a machine with GPUs. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Channel, Meter, Quantity } from '@llem/core';
import {
  compileSimulatedNvml,
  createSimulatedNvml,
  readEvery,
  type NvmlCall,
  type SimulatedNvml,
  type SimulatedNvmlInput,
} from '@llem/testkit';
import { afterAll, afterEach } from 'vitest';
import { nvmlMeter } from './meter.js';

type Environment = Readonly<Record<string, string | undefined>>;

export interface Bench {
  readonly nvml: SimulatedNvml;
  readonly meter: Meter;
  readonly library: string;
}

/** Everything that a file's tests make, in a folder that is removed after them. Call it at the top of the file. */
export function simulatedNvml() {
  const folder = mkdtempSync(join(tmpdir(), 'llem-nvml-'));
  const libraries = new Map<string, string>();
  const opened: SimulatedNvml[] = [];
  afterEach(() => {
    for (const each of opened.splice(0)) each.close();
    delete process.env['LLEM_SIMULATED_NVML'];
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Compiled once for each set of functions that it lacks. */
  const libraryWithout = (without: readonly NvmlCall[]) => {
    const key = without.join();
    const known = libraries.get(key);
    if (known !== undefined) return known;
    const own = join(folder, `library-${libraries.size}`);
    mkdirSync(own);
    const library = compileSimulatedNvml(own, { without });
    libraries.set(key, library);
    return library;
  };
  return {
    folder,
    /** The folder that stands for /sys/bus/pci/devices. */
    pciRoot: join(folder, 'pci'),
    /** A device on the bus, with the files that the kernel would have for it. */
    addPciDevice: (busId: string, files: Readonly<Record<string, string>>): void => {
      const device = join(folder, 'pci', busId);
      mkdirSync(device, { recursive: true });
      for (const [name, text] of Object.entries(files)) writeFileSync(join(device, name), `${text}\n`);
    },
    /** On a virtual clock unless the settings say otherwise. */
    start: (
      settings: SimulatedNvmlInput = {},
      env: Environment = {},
      without: readonly NvmlCall[] = [],
    ): Bench => {
      const nvml = createSimulatedNvml(join(folder, 'control'), { clock: 'virtual', ...settings });
      opened.push(nvml);
      process.env['LLEM_SIMULATED_NVML'] = nvml.path;
      const library = libraryWithout(without);
      return { nvml, library, meter: nvmlMeter(library, env, join(folder, 'pci')) };
    },
  };
}

/** A meter's channels, read through one probe: by quantity, those of its first device. */
export function readAll(meter: Meter, of: (channel: Channel) => boolean = () => true) {
  const channels = meter.channels(meter.devices()).filter(of);
  const probe = meter.open(channels);
  const out = new Float64Array(channels.length);
  return {
    channels,
    close: () => probe.close(),
    read: () => {
      const code = readEvery(probe, out);
      const values: Partial<Record<Quantity, number>> = {};
      for (const [index, { quantity }] of channels.entries()) values[quantity] ??= out[index] ?? Number.NaN;
      return { code, values, out: [...out] };
    },
  };
}
