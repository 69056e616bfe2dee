/** Waits until a started service answers, the same way for every runner. */
import { request as requestByHttp } from 'node:http';
import { request as requestByHttps } from 'node:https';
import { llemError, type Service, type ServiceSpec } from '@llem/core';
import type { Guard } from '../run/guard.js';
import { bearerHeader } from './bearer.js';

/** One question may take this long. */
const ANSWER_TIMEOUT_MS = 2_000;

/**
 * Resolves when the readiness path answers 200; throws LLEM_E_START after the deadline, at once where the token is not accepted, or
 * what ended the run.
 */
export async function awaitReady(
  service: Service,
  spec: ServiceSpec,
  deadlineS: number,
  guard: Guard,
): Promise<void> {
  const url = readinessUrl(service, spec);
  const deadlineNs = process.hrtime.bigint() + BigInt(Math.round(deadlineS * 1e9));
  let last = 'no connection';
  while (process.hrtime.bigint() < deadlineNs) {
    const answer = await guard.race(ask(service, url));
    if (answer === 200) return;
    if (answer === 401 || answer === 403) throw refused(service, url, answer);
    last = typeof answer === 'number' ? `HTTP ${answer}` : answer;
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
export async function isAnswering(service: Service, spec: ServiceSpec): Promise<boolean> {
  return (await ask(service, readinessUrl(service, spec))) === 200;
}

const readinessUrl = ({ endpoint, readinessPath }: Service, { readiness }: ServiceSpec): string =>
  `${endpoint.baseUrl}${readinessPath ?? readiness.path}`;

/** No wait makes a token right. */
function refused({ endpoint: { tokenEnv } }: Service, url: string, status: number): Error {
  const message =
    tokenEnv === undefined
      ? `${url} wants a bearer token (HTTP ${status}), and the runner names none.`
      : `${url} does not accept the token in ${tokenEnv} (HTTP ${status}).`;
  const remedy =
    tokenEnv === undefined
      ? 'Start the engine without one, or name its variable in the options of the runner.'
      : `Set ${tokenEnv} to the token that the server was given.`;
  return llemError('LLEM_E_START', message, { remedy, failureClass: 'token-refused' });
}

/**
 * The status, or what there is in place of an answer. Never rejects. Not by `fetch`: the first one of a process of Node.js 20 waits for ever
 * where its connection is taken and closed at once, as the proxy of a published port does until the engine in its container listens.
 */
function ask({ endpoint }: Service, url: string): Promise<number | string> {
  const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
  const request = url.startsWith('https:') ? requestByHttps : requestByHttp;
  return new Promise((resolve) => {
    const onError = () => resolve(signal.aborted ? 'no answer' : 'no connection');
    // A connection of its own for each question: what listens now may not be what listened before.
    const asked = request(url, { headers: bearerHeader(endpoint), agent: false, signal }, (response) => {
      response.on('error', onError);
      response.on('end', () => resolve(response.statusCode ?? 'no answer'));
      response.resume();
    });
    asked.on('error', onError);
    asked.end();
  });
}
