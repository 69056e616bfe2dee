/** What an experiment computes on and is billed for: the same GPUs, by their UUIDs. */
import {
  failed,
  type Device,
  type DeviceSelection,
  type Experiment,
  type Plan,
  type VisibleGpus,
} from '@llem/core';
import type { NamedFinding, UsableMeter } from '../energy/meters.js';
import type { Plugins } from '../request.js';
import { isAttached } from '../service/attached.js';

/**
 * As the experiment says, else what its engine is made for: an engine for processors none, one for GPUs all. Null of a server that
 * llem does not start and nobody says is on this machine: then nothing of this machine is billed, its processor neither.
 */
export function devicesOf(
  experiment: Experiment,
  plugins: Pick<Plugins, 'backend' | 'resolveRunner' | 'runner'>,
): DeviceSelection | null {
  if (experiment.devices !== null) return experiment.devices;
  if (isAttached(experiment, plugins)) return null;
  return plugins.backend(experiment).computesOn === 'gpu' ? 'all' : 'none';
}

/** The GPUs among what is metered, each once, however many meters tell of it. */
export function gpusOf(meters: readonly UsableMeter[]): Device[] {
  const gpus = meters.flatMap(({ devices }) => devices).filter(({ scope }) => scope === 'gpu');
  return [...new Map(gpus.map((gpu) => [gpu.id, gpu])).values()];
}

/** A selection, resolved. */
export interface ChosenGpus {
  /** The GPUs that are billed. */
  readonly billed: readonly Device[];
  /** The GPUs that the engine is to see: the same, where a meter knows any. */
  readonly visible: VisibleGpus;
  /** What the selection names and is not there, or names twice, a sentence's part each. */
  readonly wrong: readonly string[];
}

/** `meters` are all that work here. Where none knows a GPU a selection stays as it was written, and nothing is billed. */
export function chooseGpus(meters: readonly UsableMeter[], selection: DeviceSelection | null): ChosenGpus {
  const known = gpusOf(meters);
  if (selection === null) return { billed: [], visible: null, wrong: [] };
  if (selection === 'none') return { billed: [], visible: [], wrong: [] };
  if (known.length === 0) {
    return { billed: [], visible: selection === 'all' ? null : selection.map(String), wrong: [] };
  }
  if (selection === 'all') return { billed: known, visible: known.map(nameOf), wrong: [] };
  const found = selection.map((wanted) => find(wanted, known, meters));
  const billed = [...new Set(found.filter((each) => typeof each !== 'string'))];
  return {
    billed,
    visible: billed.map(nameOf),
    wrong: [...found.filter((each) => typeof each === 'string'), ...namedTwice(selection, found)],
  };
}

/** Of names that stand for one GPU: nobody can tell whether another one was meant. */
function namedTwice(
  selection: readonly (number | string)[],
  found: readonly (Device | string)[],
): readonly string[] {
  const named = (at: number) => {
    const wanted = selection[at];
    return typeof wanted === 'number' ? `index ${wanted}` : `"${wanted}"`;
  };
  return found.flatMap((each, at) => {
    const first = found.indexOf(each);
    if (typeof each === 'string' || first === at) return [];
    return [`${named(first)} and ${named(at)}, which are one GPU`];
  });
}

const nameOf = ({ id }: Device) => id.replace(/^gpu:/, '');

/** The GPU, or what is wrong. A UUID may be shortened as long as one GPU alone begins with it, as CUDA has it. */
function find(
  wanted: number | string,
  known: readonly Device[],
  meters: readonly UsableMeter[],
): Device | string {
  if (typeof wanted === 'number') {
    const tellers = meters.filter(({ devices }) => devices.some(({ scope }) => scope === 'gpu'));
    const counted = tellers.map((meter) => gpusOf([meter]));
    // The same GPUs in the same order are one count, whoever tells of them.
    if (counted.some((gpus) => gpus.map(({ id }) => id).join() !== known.map(({ id }) => id).join()))
      return `index ${wanted}, and GPUs of several makers are not counted together`;
    return known[wanted] ?? `index ${wanted}`;
  }
  const exact = known.find((gpu) => nameOf(gpu) === wanted || gpu.id === wanted);
  const matching = known.filter((gpu) => nameOf(gpu).toLowerCase().startsWith(wanted.toLowerCase()));
  if (exact) return exact;
  if (matching.length > 1) return `"${wanted}", with which ${matching.length} GPUs begin`;
  return matching[0] ?? `"${wanted}"`;
}

/** A failed finding for every selection of a plan that names what is not there, or one GPU twice; each is told once. */
export function unknownGpus(plan: Plan, plugins: Plugins, meters: readonly UsableMeter[]): NamedFinding[] {
  const there = gpusOf(meters)
    .map((gpu, index) => `${index}: ${nameOf(gpu)} (${gpu.name})`)
    .join(', ');
  const messages = plan.experiments.flatMap((experiment) =>
    chooseGpus(meters, devicesOf(experiment, plugins)).wrong.map(
      (wrong) => `\`devices\` names ${wrong}. Here are ${there}.`,
    ),
  );
  return [...new Set(messages)].map((message) => ({
    id: 'devices',
    ...failed(
      message,
      'Name GPUs by index or UUID as listed. llem sees what CUDA_VISIBLE_DEVICES leaves of them, in its order.',
    ),
  }));
}
