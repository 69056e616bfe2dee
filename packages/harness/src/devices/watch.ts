/** Who uses GPUs and who else measures: asked before the engine's start, once it is ready, and now and then inside the window. */
import type { Device, DeviceProcess, Neighbour, Service } from '@llem/core';
import type { UsableMeter } from '../energy/meters.js';
import type { AskNeighbours } from '../request.js';

/**
 * Between two looks inside a window. Each is some calls of a driver and a walk through /proc on the main thread, which neither
 * the load nor the sampler waits for.
 */
const LOOK_MS = 10_000;

/** The processes on every GPU that a meter knows, by its id; null where the meter does not tell. */
export type Look = ReadonlyMap<string, readonly DeviceProcess[] | null>;

/** What the looks of a run found. */
export interface Company {
  /** Before the engine was started. */
  readonly before: Look;
  /** Since it was ready. */
  readonly ready: Look;
  readonly inside: readonly Look[];
  /** Every process that the engine was seen to have; null when its runner could not tell. */
  readonly ours: ReadonlySet<number> | null;
  /** Every other study that was seen inside, at any of the looks; null where nobody can tell. */
  readonly neighbours: readonly Neighbour[] | null;
}

export interface DeviceWatch {
  /** Looks inside a window: now, and again and again until `pause`. */
  begin(): Promise<void>;
  /** No more looks by itself: an edge comes. Idempotent. */
  pause(): void;
  /** The last look at a window. */
  end(): Promise<void>;
  company(): Company;
}

/** `meters` are all that work here, so that an engine is also seen on a GPU that nobody bills. */
export function lookAtDevices(meters: readonly UsableMeter[]): Look {
  return new Map(meters.flatMap(lookWith));
}

/** Looks at once: the engine is ready. `before` is what was there before it was started. */
export async function watchDevices(
  meters: readonly UsableMeter[],
  service: Service,
  before: Look,
  askNeighbours: AskNeighbours | null,
): Promise<DeviceWatch> {
  const ours = new Set<number>();
  let known = true;
  let inside: Look[] = [];
  const neighbours = new Map<string, Neighbour>();
  let timer: NodeJS.Timeout | undefined;
  const lookAgain = async (): Promise<Look> => {
    const pids = await service.processes();
    if (pids === null) known = false;
    for (const pid of pids ?? []) ours.add(pid);
    return lookAtDevices(meters);
  };
  const lookInside = async () => {
    const [look, others] = await Promise.all([lookAgain(), askNeighbours?.() ?? []]);
    inside.push(look);
    for (const other of others) neighbours.set(`${other.pid} ${other.since}`, other);
  };
  const pause = () => clearInterval(timer);
  const ready = await lookAgain();
  return {
    async begin() {
      inside = [];
      neighbours.clear();
      pause();
      timer = setInterval(() => void lookInside(), LOOK_MS);
      await lookInside();
    },
    pause,
    async end() {
      pause();
      await lookInside();
    },
    company: () => ({
      before,
      ready,
      inside,
      ours: known ? ours : null,
      neighbours: askNeighbours && [...neighbours.values()],
    }),
  };
}

function lookWith({ devices, processes }: UsableMeter): [string, readonly DeviceProcess[] | null][] {
  return devices
    .filter(({ scope }) => scope === 'gpu')
    .map((gpu: Device) => [gpu.id, processes?.([gpu]) ?? null]);
}
