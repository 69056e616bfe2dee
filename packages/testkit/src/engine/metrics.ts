/** What an engine tells of its work: the numbers, the text format of Prometheus, and what goes wrong with either. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Shared } from './completion.js';
import type { Reply } from './http.js';

/** What only grows while the engine lives, whatever becomes of its ledger. */
export interface Totals {
  /** Of all requests that have come. */
  inputTokens: number;
  /** Of all requests that have begun. */
  cachedTokens: number;
  /** Requests that have been answered to the end, and their tokens. */
  readonly finished: { requests: number; inputTokens: number; cachedTokens: number; outputTokens: number };
}

export const createTotals = (): Totals => ({
  inputTokens: 0,
  cachedTokens: 0,
  finished: { requests: 0, inputTokens: 0, cachedTokens: 0, outputTokens: 0 },
});

/** Share of the KV cache that running requests hold, 0 to 1; 0 where its size is unknown. */
export function kvShare({ options: { kvTokens }, scheduler }: Shared): number {
  return kvTokens === null ? 0 : Math.min(1, scheduler.tokensHeld() / kvTokens);
}

/** Steps of speculative decoding so far, tokens that were drafted, and those of them that were kept. */
export function speculated({ options: { speculation }, scheduler }: Shared) {
  if (speculation === null) return null;
  const { draftTokens, acceptedTokens } = speculation;
  const steps = Math.floor(scheduler.tokensSent() / (1 + acceptedTokens));
  return {
    steps,
    drafted: steps * draftTokens,
    accepted: steps * acceptedTokens,
    rate: acceptedTokens / draftTokens,
    length: 1 + acceptedTokens,
  };
}

/** Sends metrics as the faults have it. */
export async function sendMetrics(reply: Reply, shared: Shared, text: () => string): Promise<void> {
  const { faults } = shared.options;
  const slowMs = faults['metrics-slow'] ?? 0;
  if (slowMs > 0) await sleep(slowMs, undefined, { ref: false });
  if (faults['metrics-404'] === true)
    shared.server.sendError(reply, 404, 'File Not Found', 'not_found_error');
  else reply.send(200, 'text/plain', faults['metrics-garbage'] === true ? GARBAGE : text());
}

/** Neither names nor numbers. */
const GARBAGE =
  '<html>\u0000{"running": }\nllamacpp:requests_processing\nllamacpp:requests_deferred{ NaN NaN\n= 5\n';

type Labels = Readonly<Record<string, string>>;

/** One metric as Python's client of Prometheus writes it: labels in the order of the alphabet, numbers as floats. */
export function metricText(name: string, kind: 'counter' | 'gauge', value: number, labels: Labels): string {
  const inside = Object.entries(labels)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([label, text]) => `${label}="${text.replace(/[\\"]/g, '\\$&')}"`)
    .join(',');
  const number = Number.isInteger(value) ? `${value}.0` : String(value);
  return `# HELP ${name} Simulated.\n# TYPE ${name} ${kind}\n${name}{${inside}} ${number}\n`;
}
