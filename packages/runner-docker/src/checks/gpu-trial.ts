/** What the trials of an image with GPUs share: one container. */
import { randomUUID } from 'node:crypto';
import type { ServiceSpec, VisibleGpus } from '@llem/core';
import { ownIdentity } from '@llem/localhost';
import { labelsOf } from '../container/labels.js';
import type { Connection } from '../engine/connection.js';
import type { DockerFacts } from '../engine/facts.js';
import { untilAborted } from '../engine/until-aborted.js';
import type { Images } from '../images/images.js';
import { probeGpus, type GpuProbe } from './gpu-probe.js';

export interface GpuTrial {
  /** Name of the image. */
  readonly image: string;
  readonly gpus: VisibleGpus;
  readonly limitMs: number;
  /** The same for all who ask; `probe` is null where the container could not tell. Throws LLEM_E_START, or the signal's reason. */
  result(signal: AbortSignal): Promise<{ facts: DockerFacts; probe: GpuProbe | null }>;
}

/** Drivers that nothing keeps loaded take seconds for each GPU. */
const LIMIT_MS = 120_000;

/** The container belongs to no study, and is found as a left-over one like others. */
const OF_NO_RUN = { study: 'preflight', runId: 'preflight' };

/** One for each image and set of GPUs that services will have. */
export function gpuTrials(
  connection: Connection,
  images: () => Promise<Images>,
  specs: readonly ServiceSpec[],
): GpuTrial[] {
  const wanted = specs.flatMap(({ container }) =>
    container && container.gpus?.length !== 0 ? [{ image: container.image, gpus: container.gpus }] : [],
  );
  const distinct = new Map(
    wanted.map((one) => [JSON.stringify([one.image, one.gpus && [...one.gpus].sort()]), one]),
  );
  return [...distinct.values()].map(({ image, gpus }) => {
    let running: ReturnType<GpuTrial['result']> | null = null;
    const run = async (signal: AbortSignal) => {
      const facts = await connection.facts(signal);
      const engine = await connection.engine();
      const here = await (await images()).have(image, signal, () => undefined);
      const labels = labelsOf({ ...OF_NO_RUN, service: randomUUID(), owner: await ownIdentity() });
      return { facts, probe: await probeGpus({ engine, facts, image: here, gpus, labels }, signal) };
    };
    return {
      image,
      gpus,
      limitMs: LIMIT_MS,
      result: (signal) => untilAborted((running ??= run(signal)), signal),
    };
  });
}
