/** The power model of the estimate, as a pure function. */

/**
 * Share of its full power that a core takes when it does nothing. CodeCarbon (docs, "CPU", load mode) takes the same tenth of the
 * thermal design power as the least that a processor takes.
 */
export const IDLE_SHARE = 0.1;

/** What the processor did in some time. */
export interface Work {
  /** Physical cores. */
  readonly cores: number;
  readonly elapsedS: number;
  /** Time that cores were busy with one thread or more, summed over cores: two cores for one second are 2. */
  readonly busyCoreS: number;
}

/** Joules by P = W x (0.1 x cores + 0.9 x busy cores), with W in watts a core. */
export function estimatedJoules(wattsPerCore: number, { cores, elapsedS, busyCoreS }: Work): number {
  return wattsPerCore * (IDLE_SHARE * cores * elapsedS + (1 - IDLE_SHARE) * busyCoreS);
}
