/**
 * When requests are sent in an open loop: a sequence that the seed decides before anything is sent and that nothing which
 * happens later changes. Every load thread draws the whole of it and takes its share, so that it stays one process however
 * many threads there are: sequences drawn apart and laid over each other are not what was asked for.
 */
import type { Arrival } from '@llem/core';
import { uniformReals } from '../random.js';

/** Seconds since the start, ascending, without end. `recorded` is the prompts' own time, for a trace. */
export type Arrivals = (recordedS: number | undefined) => number;

/** Gives the time of the next arrival at each call. Throws for a trace whose prompts have no times. */
export function drawArrivals(arrival: Arrival, seed: number): Arrivals {
  const uniform = uniformReals(seed);
  switch (arrival.process) {
    case 'constant': {
      // Counted, not added up: no error grows, however long it goes on.
      let count = 0;
      const rate = rateOf(arrival);
      return () => count++ / rate;
    }
    case 'poisson':
      return gaps(() => -Math.log(1 - uniform()) / rateOf(arrival));
    case 'gamma': {
      const { burstiness } = arrival;
      const scale = 1 / (rateOf(arrival) * burstiness);
      return gaps(() => gammaVariate(burstiness, uniform) * scale);
    }
    case 'trace':
      return (recordedS) => {
        if (recordedS === undefined) throw new Error('a prompt of a trace without a time');
        return recordedS / arrival.speed;
      };
  }
}

function gaps(draw: () => number): Arrivals {
  let atS = 0;
  return () => {
    atS += draw();
    return atS;
  };
}

function rateOf(arrival: { readonly rate?: number | undefined }): number {
  if (arrival.rate === undefined) throw new Error('an open loop without a rate');
  return arrival.rate;
}

/**
 * A gamma variate of scale 1: G. Marsaglia, W. W. Tsang, "A simple method for generating gamma variables", ACM TOMS 26
 * (2000) 363-372; shapes below 1 by the power of a uniform variate, as in its section 6.
 */
function gammaVariate(shape: number, uniform: () => number): number {
  if (shape < 1) return gammaVariate(shape + 1, uniform) * (1 - uniform()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normalVariate(uniform);
    const v = (1 + c * x) ** 3;
    if (v <= 0) continue;
    if (Math.log(1 - uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

/** A standard normal variate: G. E. P. Box, M. E. Muller, Ann. Math. Statist. 29 (1958) 610-611. */
function normalVariate(uniform: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}
