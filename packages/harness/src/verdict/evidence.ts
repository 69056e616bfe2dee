/** What a verdict is judged from: the measurement, and what surrounds it. */
import type { EnergyDomain, EnergyTotal, Measurement, ModelFacts, Workload } from '@llem/core';

export interface Evidence {
  readonly measurement: Measurement;
  readonly workload: Workload;
  readonly model: ModelFacts;
  readonly engineVersion: string | null;
  /** The total of the headline scope; null where there is none. */
  readonly headline: EnergyTotal | null;
  /** The domains that the headline total is the sum of. */
  readonly headlineDomains: readonly EnergyDomain[];
  /** Longest time without a reading of the headline's domains inside the window, s; null when nothing is read. */
  readonly longestReadingGapS: number | null;
  /** Share of the sampler's ticks that it missed, 0 to 1. */
  readonly missedTickShare: number;
  readonly logicalCpus: number;
  /** Settings of `measure` that leave a phase out, such as `idle_bare_s`. */
  readonly leftOut: readonly string[];
}
