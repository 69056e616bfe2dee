/** GPUs that a study names, and how a model divides over them. */
import type { Experiment, Violation } from '@llem/core';
import type { ModelConfig } from '../hub/model-config.js';

export interface GpuNeed {
  /** As people call it. */
  readonly engine: string;
  readonly gpus: number;
  /** Where the number comes from: `tp_size 2 x pp_size 2`. */
  readonly product: string;
}

/** Of a list of devices: each must have work, since each is billed. Pure. */
export function gpuViolations(
  { engine, gpus, product }: GpuNeed,
  { devices }: Pick<Experiment, 'devices'>,
): Violation[] {
  if (!Array.isArray(devices) || devices.length === gpus) return [];
  const message =
    devices.length < gpus
      ? `${engine} needs ${gpus} GPUs (${product}) and devices names ${devices.length}: name ${gpus}, or lower one of them`
      : `${engine} uses ${gpus} of these ${devices.length} GPUs (${product}), and all would be billed: name ${gpus}, or raise one of them`;
  return [{ path: 'devices', message }];
}

type Shape = Pick<ModelConfig, 'attentionHeads' | 'kvHeads' | 'layers' | 'latentAttention'>;

/** Heads of attention over the GPUs that share it. `path` is that of the option; `within` may say which GPUs those are. Pure. */
export function headViolations(path: string, gpus: number, model: Shape, within = ''): Violation[] {
  const { attentionHeads: heads, kvHeads, latentAttention } = model;
  if (heads !== null && heads % gpus !== 0) {
    const message = `the ${heads} attention heads of the model do not divide by ${gpus}${within}: use one of ${divisors(heads).join(', ')}`;
    return [{ path, message }];
  }
  if (kvHeads === null || latentAttention || kvHeads % gpus === 0 || gpus % kvHeads === 0) return [];
  const message = `${gpus} GPUs neither share out nor copy the ${kvHeads} key-value heads of the model evenly${within}: use a divisor or a multiple of ${kvHeads}`;
  return [{ path, message }];
}

/** Layers over groups of GPUs. Pure. */
export function layerViolations(
  path: string,
  groups: number,
  { layers }: Pick<Shape, 'layers'>,
): Violation[] {
  if (layers === null || groups <= layers) return [];
  return [
    { path, message: `the model has ${layers} layers, too few for ${groups} groups: use at most ${layers}` },
  ];
}

/** Up to 64, as many GPUs as are worth naming. */
export const divisors = (of: number): number[] =>
  Array.from({ length: Math.min(of, 64) }, (_, index) => index + 1).filter((each) => of % each === 0);
