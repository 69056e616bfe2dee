/** Waits until a started service answers, the same way for every runner. */
import { llemError, type Service, type ServiceSpec } from '@llem/core';
import type { Guard } from '../run/guard.js';

/** One question may take this long. */
const ANSWER_TIMEOUT_MS = 2_000;

/** Resolves when the readiness path answers 200; throws LLEM_E_START after the deadline, or what ended the run. */
export async function awaitReady(
  service: Service,
  spec: ServiceSpec,
  deadlineS: number,
  guard: Guard,
): Promise<void> {
  const url = `${service.endpoint.baseUrl}${spec.readiness.path}`;
  const deadlineNs = process.hrtime.bigint() + BigInt(Math.round(deadlineS * 1e9));
  let last = 'no connection';
  while (process.hrtime.bigint() < deadlineNs) {
    const answer = await guard.race(ask(url));
    if (answer === 'ready') return;
    last = answer;
    await guard.wait(spec.readiness.intervalMs);
  }
  throw llemError(
    'LLEM_E_START',
    `The engine did not get ready within ${deadlineS} s: ${last} from ${url}.`,
    {
      remedy:
        'Read engine.log in the folder of the run; set execution.start_timeout_s higher if the model needs longer to load.',
      failureClass: 'start-timeout',
    },
  );
}

/** Whether an engine that has been ready before still answers. Never rejects. */
export async function isAnswering({ endpoint }: Service, spec: ServiceSpec): Promise<boolean> {
  return (await ask(`${endpoint.baseUrl}${spec.readiness.path}`)) === 'ready';
}

async function ask(url: string): Promise<string> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
    await response.arrayBuffer();
    return response.status === 200 ? 'ready' : `HTTP ${response.status}`;
  } catch (error) {
    return error instanceof Error && error.name === 'TimeoutError' ? 'no answer' : 'no connection';
  }
}
