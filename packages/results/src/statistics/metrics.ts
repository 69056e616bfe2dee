/** The metrics of a run that are followed over its repeats: unit, direction, scale, and where in a record they stand. */
import type { EnergyQuality, EnergyTotal, Measurement, RunRecord } from '@llem/core';

export const METRIC_IDS = [
  'joulesPerOutputToken',
  'joulesPerToken',
  'joulesPerRequest',
  'adjustedJoulesPerOutputToken',
  'meanPowerW',
  'outputTokensPerS',
  'requestsPerS',
  'offeredPerS',
  'goodputPerS',
  'sloAttainment',
  'foundConcurrency',
  'foundRatePerS',
  'ttftP50Ms',
  'ttftP99Ms',
  'ttftMeanMs',
  'itlMeanMs',
  'itlP99Ms',
  'tpotMeanMs',
  'e2eP50Ms',
  'e2eP99Ms',
  'scheduleDelayP99Ms',
  'ttftFromIntendedP99Ms',
  'e2eFromIntendedP99Ms',
] as const;

export type MetricId = (typeof METRIC_IDS)[number];

export interface Metric {
  readonly title: string;
  readonly unit: 'J' | 'W' | 'tokens/s' | 'requests/s' | 'requests' | 'share' | 'ms';
  /** Which way is better; power and the offered load are neither: they are what the others are made of. */
  readonly better: 'lower' | 'higher' | 'neither';
  /** Can only be above zero: centre and interval are computed on the log scale. */
  readonly strictlyPositive: boolean;
  /** Of the headline scope: never put together over different scopes or qualities. */
  readonly energy: boolean;
  /** Its place in a record, where `reasons` tells why it is null. */
  readonly path: string;
  /** The run's value; null where it was not measured. */
  readonly of: (measurement: Measurement, search: RunRecord['search']) => number | null;
  /** Why there is none where the study did not ask for it. */
  readonly notAsked?: string;
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
  key: 'outputTokensPerS' | 'requestsPerS' | 'offeredPerS' | 'goodputPerS' | 'sloAttainment',
  rest: Partial<Pick<Metric, 'better' | 'strictlyPositive' | 'notAsked'>> = {},
): Metric => ({
  title,
  unit,
  better: 'higher',
  strictlyPositive: true,
  energy: false,
  path: `measurement.throughput.${key}`,
  of: (measurement) => measurement.throughput[key],
  ...rest,
});

/** A share of the requests can be none of them. */
const OF_SLO = { strictlyPositive: false, notAsked: 'The workload has no slo.' } as const;

const found = (title: string, unit: Metric['unit'], over: 'concurrency' | 'rate'): Metric => ({
  title,
  unit,
  better: 'higher',
  strictlyPositive: true,
  energy: false,
  path: 'search.found',
  of: (_, search) => (search?.over === over ? search.found : null),
  notAsked: `The workload has no search for a ${over}.`,
});

/** From the moment in which a request was to be sent, so that a delay in the client is not hidden. */
const fromIntended = (title: string, kind: 'ttftMs' | 'e2eMs'): Metric => ({
  title,
  unit: 'ms',
  better: 'lower',
  strictlyPositive: true,
  energy: false,
  path: `measurement.latency.fromIntended.${kind}`,
  of: ({ latency: { fromIntended: of } }) => of[kind]?.p99 ?? null,
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
  offeredPerS: throughput('Requests that became due', 'requests/s', 'offeredPerS', { better: 'neither' }),
  goodputPerS: throughput('Goodput: requests that held the SLO', 'requests/s', 'goodputPerS', OF_SLO),
  sloAttainment: throughput('Share of requests that held the SLO', 'share', 'sloAttainment', OF_SLO),
  foundConcurrency: found('Highest concurrency that holds the SLO', 'requests', 'concurrency'),
  foundRatePerS: found('Highest rate that holds the SLO', 'requests/s', 'rate'),
  ttftP50Ms: latency('Time to first token, median', 'ttftMs', 'p50'),
  ttftP99Ms: latency('Time to first token, 99th percentile', 'ttftMs', 'p99'),
  ttftMeanMs: latency('Time to first token, mean', 'ttftMs', 'mean'),
  itlMeanMs: latency('Inter-token latency, mean', 'itlMs', 'mean'),
  itlP99Ms: latency('Inter-token latency, 99th percentile', 'itlMs', 'p99'),
  tpotMeanMs: latency('Time per output token after the first, mean', 'tpotMs', 'mean'),
  e2eP50Ms: latency('End-to-end latency, median', 'e2eMs', 'p50'),
  e2eP99Ms: latency('End-to-end latency, 99th percentile', 'e2eMs', 'p99'),
  scheduleDelayP99Ms: {
    ...latency('Delay of the actual behind the intended send, 99th percentile', 'scheduleDelayMs', 'p99'),
    strictlyPositive: false,
  },
  ttftFromIntendedP99Ms: fromIntended(
    'Time to first token from the intended send, 99th percentile',
    'ttftMs',
  ),
  e2eFromIntendedP99Ms: fromIntended('End-to-end latency from the intended send, 99th percentile', 'e2eMs'),
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
