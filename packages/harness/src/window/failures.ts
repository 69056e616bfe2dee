/** Requests that failed inside a window, by class: each counts against it, whenever it was sent. */
import type { LoadTrace } from '@llem/loadgen';

export function failuresInside({ openNs, closeNs, requests }: LoadTrace): Record<string, number> {
  const inside = (ns: number) => ns > openNs && ns <= closeNs;
  const errors: Record<string, number> = {};
  for (const { status, sentNs, endedNs, errorClass } of requests) {
    if (status !== 'failed' || !(inside(sentNs) || inside(endedNs))) continue;
    errors[errorClass ?? 'unknown'] = (errors[errorClass ?? 'unknown'] ?? 0) + 1;
  }
  return errors;
}
