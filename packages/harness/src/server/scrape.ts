/** Asks a server for its metrics at a low rate, on the harness's own thread, never two at a time. */
import {
  limited,
  SERVER_QUANTITIES,
  textWithin,
  type Endpoint,
  type MetricMap,
  type ServerQuantity,
} from '@llem/core';
import { bearerHeader } from '../service/bearer.js';
import { parseMetrics } from './prometheus.js';

/**
 * Fifteen readings in the shortest window that may be published, while a page that takes an engine 10 ms of its time costs
 * it half a percent of one core.
 */
export const SCRAPE_PERIOD_MS = 2_000;
const ANSWER_TIMEOUT_MS = 2_000;
const MOST_BYTES = 4_194_304;
const SHARES: ReadonlySet<ServerQuantity> = new Set(['kvUse', 'acceptanceRate']);

/** One answer. */
export interface Scrape {
  /** `process.hrtime.bigint()` in the middle between question and answer. */
  readonly atNs: bigint;
  /** Between question and answer. */
  readonly roundTripNs: number;
  readonly values: Readonly<Partial<Record<ServerQuantity, number>>>;
}

export interface Scraping {
  /** What was told so far; it grows. */
  readonly scrapes: readonly Scrape[];
  /** Asks no more, and drops a question that is open. */
  stop(): void;
}

/** Asks at once, and then every two seconds. An answer that fails is left out. */
export function startScraping(endpoint: Endpoint, map: MetricMap, periodMs = SCRAPE_PERIOD_MS): Scraping {
  const scrapes: Scrape[] = [];
  const stopping = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const ask = async () => {
    const startNs = process.hrtime.bigint();
    const values = await scrapeOnce(endpoint, map, stopping.signal);
    if (stopping.signal.aborted) return;
    const endNs = process.hrtime.bigint();
    const roundTripNs = Number(endNs - startNs);
    if (values) scrapes.push({ atNs: (startNs + endNs) / 2n, roundTripNs, values });
    const leftMs = periodMs - roundTripNs / 1e6;
    timer = setTimeout(() => void ask(), Math.max(0, leftMs));
  };
  void ask();
  return {
    scrapes,
    stop() {
      stopping.abort();
      clearTimeout(timer);
    },
  };
}

/** What the server tells now; null when it does not answer as it should. Never rejects. */
export async function scrapeOnce(
  endpoint: Endpoint,
  map: MetricMap,
  signal: AbortSignal,
): Promise<Scrape['values'] | null> {
  try {
    const response = await fetch(`${endpoint.baseUrl}${map.path}`, {
      headers: { accept: 'text/plain', ...bearerHeader(endpoint) },
      // A redirect would ask something else than the map says.
      redirect: 'error',
      signal: limited(signal, ANSWER_TIMEOUT_MS),
    });
    const text = response.status === 200 ? await textWithin(response, MOST_BYTES) : await drop(response);
    return text === null ? null : quantitiesIn(text, map);
  } catch {
    return null;
  }
}

async function drop(response: Response): Promise<null> {
  await response.body?.cancel();
  return null;
}

/** Of several series shares are averaged, all else is added. Null when nothing is told. */
function quantitiesIn(text: string, { names }: MetricMap): Scrape['values'] | null {
  const series = parseMetrics(text, new Set(Object.values(names).flat()));
  const values: Partial<Record<ServerQuantity, number>> = {};
  for (const quantity of SERVER_QUANTITIES) {
    const all = [names[quantity] ?? []]
      .flat()
      .map((name) => series.get(name) ?? [])
      .find((values) => values.length > 0);
    if (all === undefined) continue;
    const sum = all.reduce((total, value) => total + value, 0);
    values[quantity] = SHARES.has(quantity) ? sum / all.length : sum;
  }
  return Object.keys(values).length > 0 ? values : null;
}
