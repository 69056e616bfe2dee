/** The metrics of a run that are followed over its repeats: unit, direction, scale, and where in a record they stand. */
import type { EnergyQuality, EnergyTotal, Measurement } from '@llem/core';

export const METRIC_IDS = [
  'joulesPerOutputToken',
  'joulesPerToken',
  'joulesPerRequest',
  'adjustedJoulesPerOutputToken',
  'meanPowerW',
  'outputTokensPerS',
  'requestsPerS',
  'ttftP50Ms',
  'ttftP99Ms',
  'ttftMeanMs',
  'itlMeanMs',
  'itlP99Ms',
  'tpotMeanMs',
  'e2eP50Ms',
  'e2eP99Ms',
] as const;

export type MetricId = (typeof METRIC_IDS)[number];

export interface Metric {
  readonly title: string;
  readonly unit: 'J' | 'W' | 'tokens/s' | 'requests/s' | 'ms';
  /** Which way is better; power is neither, it is what the others are made of. */
  readonly better: 'lower' | 'higher' | 'neither';
  /** Can only be above zero: centre and interval are computed on the log scale. */
  readonly strictlyPositive: boolean;
  /** Of the headline scope: never put together over different scopes or qualities. */
  readonly energy: boolean;
  /** Its place in a record, where `reasons` tells why it is null. */
  readonly path: string;
  /** The run's value; null where it was not measured. */
  readonly of: (measurement: Measurement) => number | null;
}

const energy = (
  title: string,
  path: string,
  of: Metric['of'],
  rest: Partial<Pick<Metric, 'unit' | 'better' | 'strictlyPositive'>> = {},
): Metric => ({
  title,
  unit: 'J',
  better: 'lower',
  strictlyPositive: true,
  energy: true,
  path: `measurement.energy.${path}`,
  of,
  ...rest,
});

const throughput = (
  title: string,
  unit: Metric['unit'],
  key: 'outputTokensPerS' | 'requestsPerS',
): Metric => ({
  title,
  unit,
  better: 'higher',
  strictlyPositive: true,
  energy: false,
  path: `measurement.throughput.${key}`,
  of: (measurement) => measurement.throughput[key],
});

type Latency = Exclude<keyof Measurement['latency'], 'fromIntended'>;
const latency = (title: string, kind: Latency, figure: 'mean' | 'p50' | 'p99'): Metric => ({
  title,
  unit: 'ms',
  better: 'lower',
  strictlyPositive: true,
  energy: false,
  path: `measurement.latency.${kind}`,
  of: (measurement) => measurement.latency[kind]?.[figure] ?? null,
});

/** In the order in which they are shown. */
export const METRICS: Readonly<Record<MetricId, Metric>> = {
  joulesPerOutputToken: energy(
    'Energy per output token',
    'joulesPerOutputToken',
    ({ energy: { joulesPerOutputToken } }) => joulesPerOutputToken,
  ),
  joulesPerToken: energy(
    'Energy per token, input included',
    'joulesPerToken',
    ({ energy: { joulesPerToken } }) => joulesPerToken,
  ),
  joulesPerRequest: energy(
    'Energy per request',
    'joulesPerRequest',
    ({ energy: { joulesPerRequest } }) => joulesPerRequest,
  ),
  adjustedJoulesPerOutputToken: energy(
    'Energy per output token above loaded idle',
    'headline.adjustedJ',
    (measurement) => {
      const adjusted = headlineTotal(measurement)?.adjustedJ ?? null;
      const { output } = measurement.tokens;
      return adjusted === null || output === 0 ? null : adjusted / output;
    },
    // A difference of two measurements: within its error it may be zero or below.
    { strictlyPositive: false },
  ),
  meanPowerW: energy(
    'Mean power',
    'headline.meanPowerW',
    (measurement) => headlineTotal(measurement)?.meanPowerW ?? null,
    {
      unit: 'W',
      better: 'neither',
    },
  ),
  outputTokensPerS: throughput('Output throughput', 'tokens/s', 'outputTokensPerS'),
  requestsPerS: throughput('Request throughput', 'requests/s', 'requestsPerS'),
  ttftP50Ms: latency('Time to first token, median', 'ttftMs', 'p50'),
  ttftP99Ms: latency('Time to first token, 99th percentile', 'ttftMs', 'p99'),
  ttftMeanMs: latency('Time to first token, mean', 'ttftMs', 'mean'),
  itlMeanMs: latency('Inter-token latency, mean', 'itlMs', 'mean'),
  itlP99Ms: latency('Inter-token latency, 99th percentile', 'itlMs', 'p99'),
  tpotMeanMs: latency('Time per output token after the first, mean', 'tpotMs', 'mean'),
  e2eP50Ms: latency('End-to-end latency, median', 'e2eMs', 'p50'),
  e2eP99Ms: latency('End-to-end latency, 99th percentile', 'e2eMs', 'p99'),
};

/** What an energy figure is of. */
export interface EnergyBasis {
  readonly scope: 'gpu' | 'cpu' | 'node';
  readonly quality: EnergyQuality;
}

/** Scope and quality of a run's headline; null where it has none. */
export function energyBasis(measurement: Measurement): EnergyBasis | null {
  const { headline } = measurement.energy;
  const total = headlineTotal(measurement);
  return headline === null || total === null ? null : { scope: headline, quality: total.quality };
}

function headlineTotal({ energy: { headline, totals } }: Measurement): EnergyTotal | null {
  return headline === null ? null : totals[headline];
}
