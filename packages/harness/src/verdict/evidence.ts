/** What a verdict is judged from: the measurement, and what surrounds it. */
import type {
  DatasetFacts,
  EnergyDomain,
  EnergyTotal,
  EngineDifference,
  ModelFacts,
  SearchResult,
  Workload,
} from '@llem/core';
import type { Measured } from '../run/measurement.js';

export interface Evidence extends Measured {
  /** As held: at the load that a search found. */
  readonly workload: Workload;
  /** Null without a search. */
  readonly search: SearchResult | null;
  readonly dataset: DatasetFacts | null;
  readonly model: ModelFacts;
  readonly engineVersion: string | null;
  readonly engineDifferences: readonly EngineDifference[];
  /** Options of the engine's section that the study sets. */
  readonly askedOptions: readonly string[];
  /** The total of the headline scope; null where there is none. */
  readonly headline: EnergyTotal | null;
  /** The domains that the headline total is the sum of. */
  readonly headlineDomains: readonly EnergyDomain[];
  /** The enforced power limit of a device, W, by its id, where it is known. */
  readonly powerLimitsW: Readonly<Record<string, number>>;
  /** Share of its ticks that the sampler missed, 0 to 1: of the channel of the headline's energy that it missed most of. */
  readonly missedTickShare: number;
  readonly logicalCpus: number;
  /** Settings of `measure` that leave a phase out, such as `idle_bare_s`. */
  readonly leftOut: readonly string[];
}
