/** The zones of the powercap tree: which energy counters there are, what each covers, and which are left out and why. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A counter that is billed. */
export interface Zone {
  /** `cpu:package-0`, `cpu:package-0-die-1`, `dram:0`, `node:psys`. */
  readonly id: string;
  readonly scope: 'cpu' | 'dram' | 'node';
  /** The kernel's own name of it. */
  readonly name: string;
  /** Folder with `energy_uj`. */
  readonly path: string;
  /** Value after which the counter starts again at zero, in microjoules. */
  readonly rangeUj: number;
}

/** A zone that is not billed. */
export interface LeftOutZone {
  readonly zone: string;
  readonly name: string;
  readonly reason: string;
}

export interface Zones {
  readonly billed: readonly Zone[];
  readonly leftOut: readonly LeftOutZone[];
}

/** The control types of the kernel's RAPL drivers: through model-specific registers, memory-mapped, and TPMI. */
const ZONE_NAME = /^intel-rapl(-mmio|-tpmi)?(:\d+){1,2}$/;

/** A folder of the tree and what its files say. */
interface Found {
  readonly zone: string;
  readonly path: string;
  readonly name: string;
  readonly rangeUj: number;
}

/**
 * Reads the tree. Empty where there is none; a zone that cannot be read is left out with its reason.
 *
 * `dies` tells whether the dies of a package have counters of their own. They do on Intel's multi-chip packages; on AMD the
 * counter is the package's, and kernels that list it once for each core complex (Linux 6.9 to 6.11) would have it billed several times.
 */
export function readZones(root: string, dies: boolean): Zones {
  const billed = new Map<string, Zone>();
  const leftOut: LeftOutZone[] = [];
  const found = zoneFolders(root).flatMap((path) => {
    const zone = readZone(path);
    if ('reason' in zone) leftOut.push(zone);
    return 'reason' in zone ? [] : [zone];
  });
  const packages = new Map(found.map(({ zone, name }) => [zone, packageOf(name)]));
  for (const { zone, name, path, rangeUj } of found) {
    const own = packages.get(zone) ?? null;
    const parent = packages.get(zone.slice(0, zone.lastIndexOf(':'))) ?? null;
    const known = identify(name, own, parent, dies);
    const first = known === null ? undefined : billed.get(known.id);
    if (known === null) {
      leftOut.push({ zone, name, reason: 'part of its package, which is billed as a whole' });
    } else if (first !== undefined) {
      leftOut.push({ zone, name, reason: `another interface to ${known.id}, which is billed once` });
    } else {
      billed.set(known.id, { ...known, name, path, rangeUj });
    }
  }
  return { billed: [...billed.values()], leftOut };
}

/** `/sys/class/powercap` lists every zone side by side; the tree under `/sys/devices/virtual/powercap/intel-rapl` nests them. */
function zoneFolders(root: string): string[] {
  const here = zoneNames(root).map((name) => join(root, name));
  const nested = here.flatMap((path) => zoneNames(path).map((name) => join(path, name)));
  const byName = new Map([...nested, ...here].map((path) => [zoneNameOf(path), path]));
  // Registers come before their memory-mapped twin, which covers one package only; then by number.
  return [...byName.values()].sort((a, b) => {
    const [left, right] = [zoneNameOf(a), zoneNameOf(b)];
    const byKind = Number(left.includes('mmio')) - Number(right.includes('mmio'));
    return byKind || left.localeCompare(right, 'en', { numeric: true });
  });
}

const zoneNameOf = (path: string) => path.slice(path.lastIndexOf('/') + 1);

function zoneNames(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => ZONE_NAME.test(name));
  } catch {
    return [];
  }
}

function readZone(path: string): Found | LeftOutZone {
  const zone = zoneNameOf(path);
  try {
    const name = readFileSync(join(path, 'name'), 'utf8').trim();
    const rangeUj = Number(readFileSync(join(path, 'max_energy_range_uj'), 'utf8').trim());
    if (Number.isSafeInteger(rangeUj) && rangeUj > 0) return { zone, path, name, rangeUj };
    return { zone, name, reason: 'the kernel does not say where its counter wraps' };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { zone, name: '', reason: `it cannot be read: ${reason}` };
  }
}

/** `1` of `package-1`, `1-die-0` of `package-1-die-0`. */
function packageOf(name: string): string | null {
  return /^package-(\d+(?:-die-\d+)?)$/.exec(name)?.[1] ?? null;
}

/** Null for what is contained in a package: core, uncore and the like. */
function identify(
  name: string,
  own: string | null,
  parent: string | null,
  dies: boolean,
): Pick<Zone, 'id' | 'scope'> | null {
  const unit = (of: string) => (dies ? of : of.replace(/-die-\d+$/, ''));
  if (own !== null) return { id: `cpu:package-${unit(own)}`, scope: 'cpu' };
  if (name === 'psys') return { id: 'node:psys', scope: 'node' };
  if (name === 'dram') return { id: `dram:${unit(parent ?? '0')}`, scope: 'dram' };
  return null;
}
