/** Whether the server is there, takes the token and serves what the study asks for. */
import { failed, ok, warning, type Check, type Finding } from '@llem/core';
import { isOwnAddress } from '@llem/localhost';
import { ANSWER_MS, lookAt, MODELS_PATH, type ServedModel } from './look.js';
import type { AttachOptions } from './options.js';

/** Longer lists are cut. */
const MOST_LISTED = 10;

/** `paths` are where engines answer once they can serve, `models` the names that requests are going to ask for. */
export function checksFor(
  options: AttachOptions,
  paths: readonly string[],
  models: readonly string[],
): readonly Check[] {
  const asked = options.served_model === undefined ? models : [options.served_model];
  const looks = (paths.length === 0 ? [MODELS_PATH] : paths).map((path): Check => ({
    id: 'attach.server',
    title: 'The server answers',
    limitMs: 3 * ANSWER_MS,
    async run(signal) {
      const look = await lookAt(options, path, signal);
      if ('cause' in look) return failed(look.cause.message, look.cause.remedy);
      const { isReady, status, tookMs, models: served } = look.server;
      const answer = `HTTP ${status} in ${Math.max(1, Math.round(tookMs))} ms`;
      if (!isReady)
        return warning(
          `${options.url} answers, but that it cannot serve yet (${answer}).`,
          'Wait until it is ready: a run waits for execution.start_timeout_s.',
        );
      return modelFinding(options, asked, served) ?? ok(okText(options.url, answer, asked, served));
    },
  }));
  return isTokenReadable(options) ? [...looks, readableToken(options)] : looks;
}

/** Whether a token leaves this machine without encryption. */
function isTokenReadable({ url, token_env: name }: AttachOptions): boolean {
  const { protocol, hostname } = new URL(url);
  return name !== undefined && protocol === 'http:' && !isOwnAddress(hostname);
}

const readableToken = ({ url, token_env: name = '' }: AttachOptions): Check => ({
  id: 'attach.token',
  title: 'The token is kept from others',
  run: () =>
    Promise.resolve(
      warning(
        `The token in ${name} goes to ${new URL(url).host} by http: everybody on the way can read it.`,
        'Use https, or a tunnel such as `ssh -L 8000:localhost:8000 HOST` and its address here.',
      ),
    ),
});

function okText(
  url: string,
  answer: string,
  asked: readonly string[],
  served: readonly ServedModel[] | null,
): string {
  const names = asked.join(', ');
  if (names === '') return `${url} answers (${answer}).`;
  return served === null
    ? `${url} answers (${answer}), and does not tell which models it serves, ${names} or others.`
    : `${url} answers (${answer}) and serves ${names}.`;
}

/** Null where all is well or nothing is known. */
function modelFinding(
  { url }: AttachOptions,
  asked: readonly string[],
  served: readonly ServedModel[] | null,
): Finding | null {
  if (served === null) return null;
  const missing = asked.find((name) => !served.some(({ id }) => id === name));
  if (missing === undefined) return null;
  const names = served.slice(0, MOST_LISTED).map(({ id }) => id);
  const more = served.length > names.length ? ` and ${served.length - names.length} more` : '';
  const same = served.find(({ root }) => root === missing);
  const [only] = names;
  const name = same?.id ?? (served.length === 1 ? only : undefined);
  return failed(
    `${url} does not serve ${missing}; it serves ${names.join(', ')}${more}.`,
    name === undefined
      ? 'Correct `model`, or name one of these as `served_model` of the runner, where that is the model.'
      : `Where that is the model, write \`served_model: ${name}\` in the options of the runner; else correct \`model\`.`,
  );
}
